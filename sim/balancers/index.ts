/** The door of the load balancers: from the model to HAProxy processes inside the fabric. */

export type { BalancedTarget } from './balanced-groups.ts';
export {
  type BalancerPlan,
  type BalancerProcess,
  type NotSimulated,
  planBalancers,
} from './plan-balancers.ts';
export { findProgram } from './runtime/find-programs.ts';
export { type BalancerSettings, readBalancerSettings } from './settings.ts';
export {
  type BalancerState,
  type Balancers,
  openBalancers,
  requireBalancerPrograms,
} from './start-balancers-runtime.ts';
export type { TargetHealth } from './target-health.ts';
