/** The door of the regular expressions: RE2's syntax and choice of matches, in time that is bounded. */

import { compilePattern } from './compile-pattern.ts';
import { parsePattern } from './parse-pattern.ts';
import { BudgetProblem, type Captures, findMatch } from './run-pattern.ts';

export interface Match {
  /** In characters, not in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** The whole first; null for a group that took no part. */
  readonly groups: readonly (string | null)[];
}

export interface RegularExpression {
  readonly groupNames: readonly (string | undefined)[];
  /** What it has cost until now. */
  readonly steps: number;
  /** Throws BudgetProblem. */
  first(text: string): Match | undefined;
  all(text: string): readonly Match[];
}

/** Of the instructions that one expression may take, all its matches together. */
const STEPS_MAX = 2_000_000;
const PATTERN_LENGTH_MAX = 10_000;

/** Throws PatternProblem. */
export function regularExpression(pattern: string): RegularExpression {
  if (pattern.length > PATTERN_LENGTH_MAX) throw new BudgetProblem('the pattern is too long');
  const parsed = parsePattern(pattern);
  const program = compilePattern(parsed.pattern);
  const groupCount = parsed.groupNames.length;
  const budget = { steps: STEPS_MAX };
  const search = (characters: readonly string[], start: number) => {
    const captures = findMatch(program, characters, start, budget);
    return captures && matchOf(captures, characters, groupCount);
  };
  return {
    groupNames: parsed.groupNames,
    get steps() {
      return program.length + STEPS_MAX - budget.steps;
    },
    first: (text) => search([...text], 0),
    all(text) {
      const characters = [...text];
      const matches: Match[] = [];
      let [at, lastEnd] = [0, -1];
      while (at <= characters.length) {
        const match = search(characters, at);
        if (match === undefined) break;
        // As in Go: an empty match right behind the match before does not count.
        const isEmpty = match.start === match.end;
        if (!isEmpty || match.start !== lastEnd) matches.push(match);
        lastEnd = match.end;
        at = isEmpty ? match.end + 1 : match.end;
      }
      return matches;
    },
  };
}

function matchOf(captures: Captures, characters: readonly string[], groupCount: number): Match {
  const groups = Array.from({ length: groupCount + 1 }, (_, index) => {
    const [start, end] = [captures[index * 2], captures[index * 2 + 1]];
    return start === undefined || end === undefined ? null : characters.slice(start, end).join('');
  });
  return { start: captures[0] ?? 0, end: captures[1] ?? 0, groups };
}
