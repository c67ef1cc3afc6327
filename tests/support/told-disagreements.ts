/** Disagreements between proof and packets, a line each: who, what, both answers, and what the judge says of every layer. */

import type { Disagreement } from '../../sim/differ/index.ts';

/** More of one network say nothing new. */
const TOLD_MAX = 3;

export function tell(disagreements: readonly Disagreement[]): readonly string[] {
  const lines = disagreements.slice(0, TOLD_MAX).map(line);
  const more = disagreements.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function line({ from, to, protocol, family, port, sourcePort, proof, judge, packets, layers }: Disagreement) {
  const traffic = port === undefined ? protocol : `${protocol}/${port} from port ${sourcePort}`;
  const answers = JSON.stringify({ proof, judge, packets });
  const way = layers.map(
    ({ layer, direction, verdict, address }) => `${layer} ${direction} ${verdict} ${address}`,
  );
  return `${from} -> ${to} ${traffic} over IPv${family}: ${answers}; ${way.join(', ')}`;
}
