export type {
  DeploymentFaults,
  FaultInForce,
  FaultKind,
  HealedFaults,
  PlacedFault,
} from './deployment-faults.ts';
export { requireProxyPrograms } from './engine-proxies.ts';
export { type Entrance, publicGateway, publicGateways } from './entrance.ts';
export type { NodeStatus } from './node-status.ts';
export { type DeploymentPlan, planDeployment } from './plan-deployment.ts';
export type { RestartedNode } from './run-nodes.ts';
export { type PreparedModel, prepareModel } from './runtime/prepare-model.ts';
export { requireFreePort } from './runtime/relay-listener.ts';
export { openRunDirectory, type RunDirectory } from './runtime/run-directory.ts';
export {
  type DeploymentOptions,
  type ProbeTarget,
  type Source,
  type StartedDeployment,
  startDeployment,
} from './start-deployment.ts';
