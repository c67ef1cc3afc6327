/** JSON strings whose text matches a regular expression. Each character is written in one way only: escaped where it must be. */

import { AutomatonBuilder } from './automaton.ts';
import { addDeterminised } from './determinise.ts';
import { addLiterals, plainRanges, within } from './literals.ts';
import type { Pattern } from './pattern-syntax.ts';
import { addCodePoints, type CodePointRange } from './utf8.ts';

const expressionStatesMax = 20_000;

/** Reads a string, quotation marks and all. */
export function addPatternString(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly pattern: Pattern; readonly to: number },
): void {
  const expression = new AutomatonBuilder(expressionStatesMax);
  const { start, end } = expression.addRule();
  const [first, last] = [expression.addState(), expression.addState()];
  expression.addText(start, { text: '"', to: first });
  addPattern(expression, first, { pattern: path.pattern, to: last });
  expression.addText(last, { text: '"', to: end });
  addDeterminised(builder, from, { states: expression.states, start, end, to: path.to });
}

interface PatternPath {
  readonly pattern: Pattern;
  readonly to: number;
}

function addPattern(builder: AutomatonBuilder, from: number, { pattern, to }: PatternPath): void {
  switch (pattern.kind) {
    case 'set':
      addCharacters(builder, from, { ranges: pattern.ranges, to });
      return;
    case 'choice':
      for (const part of pattern.parts) addPattern(builder, from, { pattern: part, to });
      return;
    case 'sequence': {
      let at = from;
      for (const part of pattern.parts) {
        const next = builder.addState();
        addPattern(builder, at, { pattern: part, to: next });
        at = next;
      }
      builder.addEpsilon(at, to);
      return;
    }
    case 'repeat':
      addRepeat(builder, from, { ...pattern, to });
  }
}

interface RepeatPath {
  readonly part: Pattern;
  readonly min: number;
  readonly max: number | undefined;
  readonly to: number;
}

function addRepeat(builder: AutomatonBuilder, from: number, { part, min, max, to }: RepeatPath): void {
  let at = from;
  for (let done = 0; done < (max ?? min); done++) {
    if (done >= min) builder.addEpsilon(at, to);
    const next = builder.addState();
    addPattern(builder, at, { pattern: part, to: next });
    at = next;
  }
  if (max === undefined) {
    // A state of its own: what leads into the loop must not be reached by going round it.
    const loop = builder.addState();
    builder.addEpsilon(at, loop);
    addPattern(builder, loop, { pattern: part, to: loop });
    at = loop;
  }
  builder.addEpsilon(at, to);
}

const shortEscapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

function addCharacters(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly ranges: readonly CodePointRange[]; readonly to: number },
): void {
  const ranges = path.ranges.flatMap((bounds) => within(plainRanges, bounds));
  addCodePoints(builder, from, { ranges, to: path.to });
  const texts = escapedCharacters
    .filter((codePoint) => path.ranges.some(({ low, high }) => low <= codePoint && codePoint <= high))
    .map((codePoint) => shortEscapes[codePoint] ?? `\\u${codePoint.toString(16).padStart(4, '0')}`);
  addLiterals(builder, from, { texts, to: path.to });
}

const escapedCharacters = [...Array.from({ length: 32 }, (_, codePoint) => codePoint), 34, 92];
