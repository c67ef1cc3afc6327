/** Fixed texts in an automaton, as a tree: a thousand alternatives cost no more per byte than one. */

import type { AutomatonBuilder } from './automaton.ts';
import { addCodePoints, type CodePointRange } from './utf8.ts';

/** Reads any one of these texts. */
export function addLiterals(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly texts: readonly string[]; readonly to: number },
): void {
  const children = new Map<string, number>();
  const encoder = new TextEncoder();
  for (const text of new Set(path.texts)) {
    let at = from;
    for (const byte of encoder.encode(text)) {
      const key = `${at}:${byte}`;
      const known = children.get(key);
      const next = known ?? builder.addState();
      if (known === undefined) builder.addEdge(at, { low: byte, high: byte, to: next });
      children.set(key, next);
      at = next;
    }
    builder.addEpsilon(at, path.to);
  }
}

/** What a string may hold without escapes. */
export const plainRanges: readonly CodePointRange[] = [
  { low: 0x20, high: 0x21 },
  { low: 0x23, high: 0x5b },
  { low: 0x5d, high: 0x10ffff },
];

interface NameNode {
  readonly state: number;
  readonly children: Map<number, NameNode>;
  isName: boolean;
}

/**
 * Reads a string that is none of `names`. Escapes are left out, for they could spell a name in another way.
 */
export function addOtherKey(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly names: readonly string[]; readonly to: number },
): void {
  const node = (): NameNode => ({ state: builder.addState(), children: new Map(), isName: false });
  const root = node();
  builder.addText(from, { text: '"', to: root.state });
  const nodes = [root];
  for (const name of path.names) {
    let at = root;
    for (const character of name) {
      const codePoint = character.codePointAt(0) ?? 0;
      let next = at.children.get(codePoint);
      if (next === undefined) {
        next = node();
        at.children.set(codePoint, next);
        nodes.push(next);
      }
      at = next;
    }
    at.isName = true;
  }
  const other = node();
  nodes.push(other);
  for (const { state, children, isName } of nodes) {
    if (!isName) builder.addText(state, { text: '"', to: path.to });
    addPlainExcept(builder, state, { except: [...children.keys()], to: other.state });
    for (const [codePoint, child] of children) {
      const ranges = within(plainRanges, { low: codePoint, high: codePoint });
      addCodePoints(builder, state, { ranges, to: child.state });
    }
  }
}

function addPlainExcept(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly except: readonly number[]; readonly to: number },
): void {
  const ranges: CodePointRange[] = [];
  let low = 0;
  for (const codePoint of [...path.except.toSorted((a, b) => a - b), 0x110000]) {
    ranges.push(...within(plainRanges, { low, high: codePoint - 1 }));
    low = codePoint + 1;
  }
  addCodePoints(builder, from, { ranges, to: path.to });
}

/** The parts of `ranges` that lie within `bounds`. */
export function within(ranges: readonly CodePointRange[], bounds: CodePointRange): CodePointRange[] {
  return ranges
    .map(({ low, high }) => ({ low: Math.max(low, bounds.low), high: Math.min(high, bounds.high) }))
    .filter(({ low, high }) => low <= high);
}
