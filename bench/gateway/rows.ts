/** From the figures of all rounds to the rows of the bench. Pure. */
import { compareRounds, type InferenceRow } from '../inference/compare-rounds.ts';
import type { Figures } from './measure-round.ts';

/** Of one round, by contestant. */
export interface GatewayRound {
  readonly figures: ReadonlyMap<string, Figures>;
  /** Milliseconds, by contestant. */
  readonly cancelMs: ReadonlyMap<string, number>;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly of: (round: GatewayRound, who: string) => number | undefined;
}

export const upstream = 'upstream';

/** What somebody adds to asking the upstream itself. */
const added =
  (figure: 'jsonMs' | 'firstByteMs' | 'streamMs') =>
  ({ figures }: GatewayRound, who: string): number | undefined => {
    const [through, direct] = [figures.get(who)?.[figure], figures.get(upstream)?.[figure]];
    return through === undefined || direct === undefined ? undefined : through - direct;
  };

const measured: readonly Measured[] = [
  { name: 'added p50', unit: 'ms', of: added('jsonMs') },
  { name: 'cpu per request', unit: 'µs', of: ({ figures }, who) => figures.get(who)?.jsonCpu },
  { name: 'first streamed byte', unit: 'ms', of: added('firstByteMs') },
  { name: 'whole stream', unit: 'ms', of: added('streamMs') },
  { name: 'cpu per stream', unit: 'µs', of: ({ figures }, who) => figures.get(who)?.streamCpu },
  { name: 'cancel', unit: 'ms', of: ({ cancelMs }, who) => cancelMs.get(who) },
];

export interface Sides {
  readonly ours: readonly string[];
  readonly peers: readonly string[];
}

/** @returns a row for each measurement, each of ours and each peer that has it. */
export function rowsOf(rounds: readonly GatewayRound[], { ours, peers }: Sides): readonly InferenceRow[] {
  return measured.flatMap(({ name, unit, of }) =>
    ours.flatMap((who) => {
      const values = valuesOf(rounds, (round) => of(round, who));
      if (values === undefined) return [];
      return peers.flatMap((peer) => {
        const others = valuesOf(rounds, (round) => of(round, peer));
        return others === undefined
          ? []
          : [
              compareRounds({
                name,
                unit,
                runner: 'bun',
                variant: who,
                ours: values,
                peer: { name: peer, values: others },
              }),
            ];
      });
    }),
  );
}

function valuesOf(
  rounds: readonly GatewayRound[],
  of: (round: GatewayRound) => number | undefined,
): readonly number[] | undefined {
  const values = rounds.map(of).filter((value) => value !== undefined);
  return values.length === rounds.length && values.length > 0 ? values : undefined;
}
