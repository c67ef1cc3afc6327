/** The door of faults: planning alone. The fabric applies them. */
export { checkFault } from './check-fault.ts';
export type { Fault, FaultEffect, FaultTarget } from './fault.ts';
export { hitsOf, parseTarget } from './parse-target.ts';
export {
  burstOf,
  type FaultPlan,
  faultsMax,
  faultTable,
  type LinkRate,
  noFaults,
  planFaults,
} from './plan-faults.ts';
