export type { LaunchedNode, Program } from './launch-contract.ts';
export { planMachine, planNodes, type StandIns } from './plan-machines.ts';
