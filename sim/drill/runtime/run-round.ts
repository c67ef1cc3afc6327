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

/** Longer than a stream that is cut may be silent. */
const answeredWaitMs = 5_000;
/** Where even the fewest do not come, nothing is waited for any more. */
const midStreamWaitMs = 2_000;
/** Most of the clients are waited for, if they come soon: others may be held up by what is broken already. By how many there are. */
const fewerWaits = [
  { count: midStreamMin, waitMs: 40 },
  { count: midStreamMin + 1, waitMs: 10 },
] as const;
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
    // Who is near his end, or held up by the step before, could not be met by this one: all begin together.
    if (isDisturbing(action)) {
      const before = shares.during[index - 1] ?? shares.before;
      await Promise.race([load.answered(before), delay(answeredWaitMs)]);
    }
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

/** Too few make the row void. */
async function reachMidStream(load: Load, clients: number): Promise<void> {
  const most = load.untilMidStream(Math.max(midStreamMin, clients - 2));
  const fewer = fewerWaits.map(({ count, waitMs }) => load.untilMidStream(count).then(() => delay(waitMs)));
  await Promise.race([most, ...fewer, delay(midStreamWaitMs)]);
}
