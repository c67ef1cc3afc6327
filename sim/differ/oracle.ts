/** What the packets are held against: the judgement of each packet, and the proof over all packets of its kind. */

import type { Answer, Judgement, Packet } from '../prove/index.ts';

export interface ProvenAnswer {
  readonly delivered: Answer;
  readonly verdict: Answer;
}

export interface Oracle {
  judge(packet: Packet): Judgement;
  /** Undefined where the proof does not speak of such a pair. */
  answer(packet: Packet): ProvenAnswer | undefined;
}

/** One side of a comparison: `unknown` is compared with nothing. */
export interface Expected {
  readonly delivered: 'yes' | 'no' | 'unknown';
  readonly answered: 'yes' | 'no' | 'unknown';
}

/** What an answer about every source port says of one. */
export function atSourcePort(answer: Answer, sourcePort: number): 'yes' | 'no' | 'unknown' {
  switch (answer.kind) {
    case 'always':
      return 'yes';
    case 'never':
      return 'no';
    case 'unknown':
      return 'unknown';
    case 'depends':
      return answer.sourcePorts.some(({ from, to }) => from <= sourcePort && sourcePort <= to) ? 'yes' : 'no';
  }
}

export function expectedByProof({ delivered, verdict }: ProvenAnswer, { traffic }: Packet): Expected {
  // An answer about a protocol without ports never depends on one.
  const sourcePort = 'sourcePort' in traffic ? traffic.sourcePort : 0;
  return { delivered: atSourcePort(delivered, sourcePort), answered: atSourcePort(verdict, sourcePort) };
}
