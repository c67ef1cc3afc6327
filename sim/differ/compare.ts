/** Holds one packet's outcome against what the judge and the proof say of it. Pure. */

import type { PacketOutcome } from '../fabric/index.ts';
import type { LayerVerdict, Party } from '../prove/index.ts';
import type { UnknownCause, VpcModel } from '../vpc/model.ts';
import { type Expected, expectedByProof, type Oracle } from './oracle.ts';
import type { PlannedProbe, ProbedProtocol } from './plan-probes.ts';

export interface Disagreement {
  readonly from: string;
  readonly to: string;
  readonly protocol: ProbedProtocol;
  readonly family: 4 | 6;
  readonly port?: number;
  readonly sourcePort?: number;
  /** Of the proof over all packets; of the judge where the proof does not speak of such a pair. */
  readonly proof: Expected;
  readonly judge: Expected;
  readonly packets: { readonly delivered: 'yes' | 'no'; readonly answered: 'yes' | 'no' };
  /** What the judge says of every layer, in order. */
  readonly layers: readonly LayerVerdict[];
}

export interface Expectation {
  readonly planned: PlannedProbe;
  readonly byJudge: Expected;
  readonly byProof?: Expected;
  readonly layers: readonly LayerVerdict[];
}

export function expectationOf(planned: PlannedProbe, oracle: Oracle): Expectation {
  const judgement = oracle.judge(planned.packet);
  const answer = oracle.answer(planned.packet);
  return {
    planned,
    byJudge: { delivered: judgement.delivered, answered: judgement.answered },
    ...(answer !== undefined && { byProof: expectedByProof(answer, planned.packet) }),
    layers: [...judgement.forward, ...judgement.back],
  };
}

/** Nothing about it is known, so no packet could show anything. */
export function isComparable({ byJudge, byProof }: Expectation): boolean {
  return [byJudge, ...(byProof === undefined ? [] : [byProof])].some(
    ({ delivered, answered }) => delivered !== 'unknown' || answered !== 'unknown',
  );
}

export function causesOf({ layers }: Expectation): readonly UnknownCause[] {
  return layers.flatMap(({ cause }) => cause ?? []);
}

/** A packet was expected and none came: a busy machine can look like that, once. */
export function isUnexpectedSilence({ byJudge, byProof }: Expectation, outcome: PacketOutcome): boolean {
  return [byJudge, byProof].some(
    (expected) =>
      (expected?.delivered === 'yes' && !outcome.isDelivered) ||
      (expected?.answered === 'yes' && !outcome.isAnswered),
  );
}

/** Undefined: judge, proof and packet say the same, as far as they are known. */
export function disagreementOf(
  model: VpcModel,
  { expectation, outcome }: { readonly expectation: Expectation; readonly outcome: PacketOutcome },
): Disagreement | undefined {
  const { planned, byJudge, byProof = byJudge, layers } = expectation;
  const packets = { delivered: yesNo(outcome.isDelivered), answered: yesNo(outcome.isAnswered) };
  const isAgreed = [byJudge, byProof].every(
    ({ delivered, answered }) =>
      !differs(delivered, packets.delivered) && !differs(answered, packets.answered),
  );
  return isAgreed
    ? undefined
    : { ...nameProbe(model, planned), proof: byProof, judge: byJudge, packets, layers };
}

/** The probe in the words of the report. */
function nameProbe(model: VpcModel, { family, protocol, packet }: PlannedProbe) {
  const { source, destination, traffic } = packet;
  return {
    from: nameParty(model, source),
    to: nameParty(model, destination),
    protocol,
    family,
    ...('port' in traffic && { port: traffic.port, sourcePort: traffic.sourcePort }),
  };
}

/** The endpoint; where it has several addresses of the family, the one that is meant. */
export function nameParty(model: VpcModel, party: Party): string {
  if (party.kind !== 'interface') return party.address;
  const eni = model.interfaces.find(({ id }) => id === party.id);
  if (eni === undefined) return party.id;
  return party.address === eni.publicAddress ? `${eni.endpoint} (${party.address})` : eni.endpoint;
}

function differs(said: 'yes' | 'no' | 'unknown', seen: 'yes' | 'no'): boolean {
  return said !== 'unknown' && said !== seen;
}

function yesNo(isSo: boolean): 'yes' | 'no' {
  return isSo ? 'yes' : 'no';
}
