/** The door of explanations: what a counter that moved says, and the way of a packet in words. */
export { describeAnswers, describePorts } from './describe-answer.ts';
export { type MovedCounter, movedCounters, refusals } from './moved-counters.ts';
export { type ExplainOptions, runExplain } from './run-explain-runtime.ts';
