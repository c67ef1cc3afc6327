export type { LaunchedNode, Program } from './launch-contract.ts';
export {
  type EngineCertificates,
  planMachine,
  planNodes,
  planProxy,
  proxyIdOf,
  type StandIns,
} from './plan-machines.ts';
export type { RestartPolicy } from './systemd-unit.ts';
