/** The door of the differ: every probe of a model, and proof and packets held against each other. */

export type { CollapsedClass } from './collapse-interfaces.ts';
export type { Disagreement } from './compare.ts';
export { countProbes, type ProbeCount } from './count-probes.ts';
export { modelOracle } from './model-oracle.ts';
export { type Expected, expectedByProof, type Oracle, type ProvenAnswer } from './oracle.ts';
export { internetAddresses, serviceAddresses } from './outside-addresses.ts';
export {
  type NotProbed,
  type PlannedProbe,
  type PlanProbesOptions,
  type ProbePlan,
  planProbes,
} from './plan-probes.ts';
export { proofAnswers } from './proof-answers.ts';
export {
  type DifferReport,
  type NotCompared,
  type RunDifferOptions,
  runDiffer,
} from './run-differ-runtime.ts';
export {
  isProbeable,
  type ProbedFabric,
  type SendPacketsOptions,
  sendPackets,
} from './send-packets-runtime.ts';
