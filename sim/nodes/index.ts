export type { LaunchedNode, Program } from './launch-contract.ts';
export { planMachine, planNodes, type StandIns } from './plan-machines.ts';
export type { RestartPolicy } from './systemd-unit.ts';
