/** The door of the witness corpus: its topologies, their facts, and how an answer is held against them. */

export { answerOfJudgement, type BrokenFact, type FactAnswer, factsBrokenBy } from './check-facts.ts';
export { packetsOf } from './fact-packets.ts';
export { type Fact, type FactTraffic, parseFacts, type Told } from './facts.ts';
export { readWitnesses, type Witness } from './read-witnesses-runtime.ts';
