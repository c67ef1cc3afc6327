/** One row of the drill: a load, strikes in its midst, and the verdict on everything that the clients saw. */
import { setTimeout as delay } from 'node:timers/promises';
import { shareLoad } from '../load-shares.ts';
import { recoveryMs } from '../recovery.ts';
import { openRequestGate } from '../request-gate.ts';
import { type JudgedRow, judgeRow } from '../row.ts';
import type { TimeLimits } from '../row-problems.ts';
import type { Strike } from '../strike.ts';
import { startLoad } from './load.ts';
import type { KnownRequest } from './references.ts';
import { runRound, type StruckRound } from './run-round.ts';
import type { AskOptions, Door } from './stream-answer.ts';
import type { Striker } from './strike-deployment.ts';

export interface RowOptions extends Omit<AskOptions, 'door' | 'onToken'> {
  readonly requests: number;
  readonly clients: number;
  readonly doors: readonly Door[];
  /** Requests with their undisturbed answers; each is asked several times. */
  readonly known: readonly KnownRequest[];
  readonly striker: Striker;
  readonly limits: TimeLimits;
  readonly onAction: (text: string) => void;
  /** What went wrong beside the answers, since the last time that it was asked. */
  readonly takeIncidents: () => readonly string[];
}

/** Full capacity is promised within five seconds of healing: nothing is struck before. */
const settleMs = 5_000;
/** Short: a machine that others use too has no even pace for longer. */
const tokensPerStretch = 4;

/** @param strikes one after the other; the first says where clients begin. */
export async function runRow(
  strikes: readonly [Strike, ...Strike[]],
  options: RowOptions,
): Promise<JudgedRow> {
  const { requests, clients, doors, known, now } = options;
  const [{ fault, entrances }] = strikes;
  const gate = openRequestGate(requests);
  const knownOf = (index: number) => {
    const one = known[index % known.length];
    if (one === undefined) throw new TypeError('a drill needs requests');
    return one;
  };
  const load = startLoad({
    ...options,
    gate,
    requestOf: (index) => knownOf(index).request,
    entrances: doors.filter(({ gateway }) => entrances?.includes(gateway) ?? true),
  });
  const rounds: StruckRound[] = [];
  for (const [index, shares] of shareLoad(requests, strikes).entries()) {
    const strike = strikes[index];
    if (strike === undefined) break;
    const healedMs = rounds.at(-1)?.times.healedMs;
    if (healedMs !== undefined) await delay(Math.max(0, healedMs + settleMs - now()));
    rounds.push(await runRound(strike, { ...options, shares, gate, load }));
  }
  await load.ended;
  const stretchTokens = clients * tokensPerStretch;
  return judgeRow({
    fault,
    requests,
    transcripts: load.transcripts,
    referenceOf: (index) => knownOf(index).reference,
    recoveriesMs: rounds.map(({ times }) => recoveryMs(load.tokenTimes, { times, stretchTokens })),
    struckMs: rounds[0]?.times.disturbedMs ?? 0,
    cutMidStream: Math.min(...rounds.flatMap((round) => round.cutMidStream)),
    incidents: options.takeIncidents(),
    limits: options.limits,
  });
}
