/** Changes between two versions of a network, for a person and for a program. */

import { visible } from '../escape.ts';
import { describeAnswers, describePorts } from '../explain/index.ts';
import type { Change, ChangeKind } from './compare-proofs.ts';

const SIGNS: Readonly<Record<ChangeKind, string>> = { opened: '+', changed: '~', closed: '-' };

export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly changes: readonly Change[];
  /** What is unknown after and was not before, in words. */
  readonly unknown: readonly string[];
}

export function describeChanges({ before, after, changes, unknown }: Compared): string {
  const lines = changes.map(
    (change) => `${SIGNS[change.kind]} ${describeFlow(change)}  ${describeTurn(change)}`,
  );
  const count = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length;
  const summary =
    changes.length === 0
      ? 'no flow opens, closes or changes'
      : `${count('opened')} opened, ${count('changed')} changed, ${count('closed')} closed`;
  return [`${before} → ${after}`, ...lines, ...unknown.map((line) => `? ${line}`), summary, '']
    .map(visible)
    .join('\n');
}

/** For a pull request: GitHub's own colouring of a diff. */
export function markdownChanges(compared: Compared): string {
  const [title = '', ...lines] = describeChanges(compared).trimEnd().split('\n');
  const summary = lines.pop() ?? '';
  // A name in a configuration must not end the block.
  const body = lines.map((line) => line.replaceAll('`', "'"));
  const block = body.length === 0 ? [] : ['```diff', ...body, '```', ''];
  return [`### Network: ${summary}`, '', ...block, `\`${title.replaceAll('`', "'")}\``, ''].join('\n');
}

function describeFlow({ from, to, protocol, family, ports }: Change): string {
  const what = ports.length === 0 ? protocol : `${protocol}/${describePorts(ports)}`;
  return `${from} → ${to}  ${what}${family === 6 ? ' (IPv6)' : ''}`;
}

function describeTurn({ before, after }: Change): string {
  if (before === undefined) return after === undefined ? '' : describeAnswers(after);
  if (after === undefined) return `was: ${describeAnswers(before)}`;
  return `${describeAnswers(after)}; was: ${describeAnswers(before)}`;
}
