/** One strike under load: waits until enough streams are in the middle of their answer, does each step, and writes down when. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RoundShares } from '../load-shares.ts';
import type { RoundTimes } from '../recovery.ts';
import type { RequestGate } from '../request-gate.ts';
import { midStreamMin } from '../row-problems.ts';
import { describeAction, isDisturbing, type Strike } from '../strike.ts';
import type { Load } from './load.ts';
import type { Striker } from './strike-deployment.ts';

export interface RoundOptions {
  readonly shares: RoundShares;
  readonly gate: RequestGate;
  readonly load: Load;
  readonly clients: number;
  readonly striker: Striker;
  readonly now: () => number;
  readonly onAction: (text: string) => void;
}

export interface StruckRound {
  readonly times: RoundTimes;
  /** At each disturbance: streams that were in the middle of their answer before it and when it was in force. */
  readonly cutMidStream: readonly number[];
}

/** Most of the clients are waited for, if they come soon: what is struck then is in full work. */
const midStreamWaitMs = 2_000;
/** A signal is there at once; what takes longer is the end of the program, and its streams go on elsewhere meanwhile. */
const signalMs = 10;

export async function runRound(strike: Strike, options: RoundOptions): Promise<StruckRound> {
  const { shares, gate, load, clients, striker, now } = options;
  const begunMs = now();
  gate.openTo(shares.before);
  await gate.reached(shares.before);
  const cutMidStream: number[] = [];
  let disturbedMs: number | undefined;
  let healedMs = begunMs;
  for (const [index, { action, holdMs }] of strike.steps.entries()) {
    gate.openTo(shares.during[index] ?? shares.before);
    if (isDisturbing(action)) await reachMidStream(load, clients);
    const begun = load.midStream();
    options.onAction(describeAction(action));
    disturbedMs ??= now();
    healedMs = now();
    const issuedMs = now();
    const { brokenMs } = await striker.act(action);
    healedMs += brokenMs;
    if (isDisturbing(action)) {
      const isLinkOrPause = action.kind === 'cut' || action.kind === 'freeze';
      const inForceMs = isLinkOrPause ? now() : issuedMs + signalMs;
      cutMidStream.push(begun.filter((request) => !load.hasEnded(request, inForceMs)).length);
    }
    await delay(holdMs);
  }
  const readyMs = now();
  gate.openTo(shares.after);
  await load.answered(shares.after);
  return {
    times: { begunMs, disturbedMs: disturbedMs ?? begunMs, healedMs, readyMs, endedMs: now() },
    cutMidStream,
  };
}

/** Where that does not come, fewer are enough, and too few make the row void. */
async function reachMidStream(load: Load, clients: number): Promise<void> {
  const wanted = Math.max(midStreamMin, clients - 2);
  await Promise.race([load.untilMidStream(wanted), delay(midStreamWaitMs)]);
}
