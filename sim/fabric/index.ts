export { environmentPath } from './config.ts';
export type { SupervisorEvent } from './protocol.ts';
export type { MachineSpec } from './runtime/machine.ts';
export type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';
export { findTools } from './runtime/tools.ts';
export { type StartedFabric, type StartFabricOptions, startFabric } from './start-fabric.ts';
