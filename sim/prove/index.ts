/** The door of the prover: what the network does with one packet, and with all of them. Pure. */

export {
  type ExplainedClass,
  explainVerdicts,
  type JudgedPacket,
  type VerdictExplanation,
  type VerdictQuestion,
} from './explain-verdicts.ts';
export { internetParts } from './internet-ranges.ts';
export { judge } from './judge.ts';
export { endsOf, groupNameOf, type NamedParties, type NamedParty, partiesOf } from './parties.ts';
export { type PreparedModel, prepareModel } from './prepared-model.ts';
export { type ProbeAtoms, type ProbeRange, probeAtoms } from './probe-atoms.ts';
export type { Flow, Proof, ProvenUnknown } from './proof.ts';
export { prove } from './prove.ts';
export type {
  Answer,
  Family,
  Judgement,
  LayerName,
  LayerVerdict,
  Packet,
  Party,
  Traffic,
} from './verdict.ts';
