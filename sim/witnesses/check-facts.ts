/** Holds what somebody answers against what a witness says is right. Pure; who answers is given. */

import type { Judgement, LayerVerdict, Packet } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { packetsOf } from './fact-packets.ts';
import type { Fact, Told } from './facts.ts';

export interface FactAnswer {
  readonly delivered: Told;
  readonly answered: Told;
  /** Who refuses, or why it is not known. Absent: whoever answers cannot tell. */
  readonly decidedBy?: readonly string[];
}

export interface BrokenFact extends FactAnswer {
  /** The row as it is written. */
  readonly fact: string;
  readonly packet: Packet;
}

/** Facts of which somebody says something else, with what is said. Undefined is no answer, and breaks none. */
export function factsBrokenBy(
  answer: (packet: Packet, fact: Fact) => FactAnswer | undefined,
  { model, facts }: { readonly model: VpcModel; readonly facts: readonly Fact[] },
): readonly BrokenFact[] {
  return facts.flatMap((fact) =>
    packetsOf(model, fact).flatMap((packet) => {
      const answered = answer(packet, fact);
      return answered === undefined || isRight(fact, answered)
        ? []
        : [{ fact: fact.text, packet, ...answered }];
    }),
  );
}

function isRight(fact: Fact, { delivered, answered, decidedBy }: FactAnswer): boolean {
  if (delivered !== fact.delivered || answered !== fact.answered) return false;
  return fact.decidedBy === '' || decidedBy === undefined || decidedBy.includes(fact.decidedBy);
}

/** With who refuses first, there or back; where nobody does, with what is not known. */
export function answerOfJudgement({ delivered, answered, forward, back }: Judgement): FactAnswer {
  const layers = delivered === 'yes' ? back : forward;
  const denied = layers.find(({ verdict }) => verdict === 'deny');
  const decidedBy = denied === undefined ? layers.flatMap(causeAddresses) : [denied.address];
  return { delivered, answered, decidedBy };
}

function causeAddresses({ cause, causes = [] }: LayerVerdict): readonly string[] {
  return [...(cause === undefined ? [] : [cause]), ...causes].map(({ address }) => address);
}
