export { environmentPath } from './config.ts';
export { type InOrder, openOrder } from './in-order.ts';
export type { InjectedFault } from './injected-faults.ts';
export type { PacketOutcome, PacketProbe, PacketProbeOptions } from './packet-probe.ts';
export type { ReloadedNamespaces, SupervisorEvent } from './protocol.ts';
export type { Capabilities } from './runtime/capabilities.ts';
export type { MachineSpec } from './runtime/machine.ts';
export type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';
export type { PacketObservation } from './runtime/probe-packets.ts';
export { findTools } from './runtime/tools.ts';
export {
  type FlowLogOptions,
  type StartedFabric,
  type StartFabricOptions,
  startFabric,
} from './start-fabric.ts';
