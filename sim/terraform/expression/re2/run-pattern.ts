/**
 * Runs a compiled pattern over a text: leftmost match, earlier alternatives preferred, as RE2 and Perl choose. All ways
 * go forward together, so that the time grows with the text and the pattern and never explodes.
 */

import type { Instruction } from './compile-pattern.ts';
import type { Assertion } from './pattern.ts';

/** Start and end of the whole and of each group, as indexes of characters; -1 where it took no part. */
export type Captures = readonly number[];

export interface Budget {
  steps: number;
}

export class BudgetProblem extends Error {
  override readonly name = 'BudgetProblem';
}

interface Way {
  readonly at: number;
  readonly captures: Captures;
}

/** Undefined: it matches nowhere from there on. Throws BudgetProblem. */
export function findMatch(
  program: readonly Instruction[],
  text: readonly string[],
  start: number,
  budget: Budget,
): Captures | undefined {
  let ways: Way[] = [];
  let found: Captures | undefined;
  for (let at = start; at <= text.length; at += 1) {
    const visited = new Set<number>();
    const next: Way[] = [];
    const current: Way[] = [];
    const follow = (way: Way) => addWays(program, way, { text, at, visited, current, budget });
    for (const way of ways) follow(way);
    if (found === undefined) follow({ at: 0, captures: [] });
    for (const way of current) {
      const instruction = program[way.at];
      if (instruction?.kind === 'match') {
        // Ways behind this one are less preferred.
        found = way.captures;
        break;
      }
      const character = text[at];
      if (instruction?.kind === 'character' && character !== undefined && instruction.matches(character)) {
        next.push({ at: way.at + 1, captures: way.captures });
      }
    }
    ways = next;
    if (found !== undefined && ways.length === 0) return found;
  }
  return found;
}

interface Step {
  readonly text: readonly string[];
  readonly at: number;
  readonly visited: Set<number>;
  readonly current: Way[];
  readonly budget: Budget;
}

/** Follows all that takes no character, in order of preference. */
function addWays(program: readonly Instruction[], start: Way, step: Step): void {
  const stack: Way[] = [start];
  for (;;) {
    const way = stack.pop();
    if (way === undefined) return;
    if (step.visited.has(way.at)) continue;
    step.visited.add(way.at);
    step.budget.steps -= 1;
    if (step.budget.steps < 0) throw new BudgetProblem('it takes too many steps');
    const instruction = program[way.at];
    if (instruction === undefined) continue;
    switch (instruction.kind) {
      case 'jump':
        stack.push({ at: instruction.to, captures: way.captures });
        break;
      case 'split':
        stack.push({ at: instruction.second, captures: way.captures });
        stack.push({ at: instruction.first, captures: way.captures });
        break;
      case 'save': {
        const captures = [...way.captures];
        step.budget.steps -= captures.length >> 4;
        captures[instruction.slot] = step.at;
        stack.push({ at: way.at + 1, captures });
        break;
      }
      case 'assertion':
        if (holds(instruction.assertion, step)) stack.push({ at: way.at + 1, captures: way.captures });
        break;
      default:
        step.current.push(way);
    }
  }
}

function holds(assertion: Assertion, { text, at }: Step): boolean {
  switch (assertion) {
    case 'text-start':
      return at === 0;
    case 'text-end':
      return at === text.length;
    case 'line-start':
      return at === 0 || text[at - 1] === '\n';
    case 'line-end':
      return at === text.length || text[at] === '\n';
    case 'word-boundary':
      return isWord(text[at - 1]) !== isWord(text[at]);
    case 'no-word-boundary':
      return isWord(text[at - 1]) === isWord(text[at]);
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}
