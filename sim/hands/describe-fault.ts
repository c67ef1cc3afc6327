/** What a fault did, what it hits and how to undo it, in one line. Pure. */
import { visible } from '../escape.ts';
import { duration } from './duration.ts';
import type { FaultAnswer, HealAnswer, RestartAnswer } from './fault-request.ts';
import type { ToldFault } from './status.ts';

export function describeFault(answer: FaultAnswer): string {
  const { fault, entrance } = answer;
  const whom = fault.hits.length === 1 && fault.hits[0] === fault.target ? '' : ` (${fault.hits.join(', ')})`;
  const parts = [
    `${fault.target}${whom}: ${fault.effect}, after ${Math.round(answer.tookMs)} ms`,
    ...(entrance === undefined ? [] : [`your own connections enter by ${entrance} and are hit as well`]),
    undoing(answer),
  ];
  return visible(parts.join('; '));
}

function undoing({ fault, isInForce, restartsInMs }: FaultAnswer): string {
  if (!isInForce)
    return restartsInMs === undefined
      ? 'its unit does not start it again: ./drydock restart does'
      : `its unit starts it again in ${restartsInMs / 1_000} s`;
  const undo = `undo with ./drydock fault heal ${fault.id}`;
  if (fault.untilMs === undefined) return undo;
  return `heals by itself in ${duration(fault.untilMs - fault.sinceMs)}, or ${undo}`;
}

/** Without `tookMs`: by itself, for its time is over. */
export function describeHeal({
  healed,
  tookMs,
}: Pick<HealAnswer, 'healed'> & { readonly tookMs?: number }): string {
  if (healed.length === 0) return 'Nothing was broken.';
  const told = healed.map((fault) => `${fault.target} (${healing(fault)})`).join(', ');
  const how = tookMs === undefined ? 'by itself' : `after ${Math.round(tookMs)} ms`;
  return visible(`Healed ${how}: ${told}`);
}

const words: Readonly<Record<ToldFault['kind'], string>> = {
  kill: 'started again',
  freeze: 'thawed',
  cut: 'no more cut off',
  lose: 'loses no more packets',
  limit: 'no more held to a rate',
};

function healing({ kind }: ToldFault): string {
  return words[kind];
}

export function describeRestart({ node, stopMs, wasKilled, tookMs }: RestartAnswer): string {
  const end = wasKilled
    ? `was killed after ${Math.round(stopMs)} ms, for it had not ended`
    : `ended in order after ${Math.round(stopMs)} ms`;
  return visible(`${node}: ${end}, and serves again after ${Math.round(tookMs)} ms`);
}
