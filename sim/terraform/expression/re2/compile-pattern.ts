/** Compiles a pattern into the instructions of a machine that tries all ways at once (Thompson's, Pike's). */

import { type Assertion, type Pattern, PatternProblem } from './pattern.ts';

export type Instruction =
  | { readonly kind: 'character'; readonly matches: (character: string) => boolean }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'save'; readonly slot: number }
  /** Both ways are tried; the first is preferred. */
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'match' };

/** Repetitions are written out; a pattern that becomes longer is refused. */
const INSTRUCTIONS_MAX = 10_000;

/** Throws PatternProblem. */
export function compilePattern(pattern: Pattern): readonly Instruction[] {
  const program: Instruction[] = [];
  emit(program, { kind: 'save', slot: 0 });
  compile(program, pattern);
  emit(program, { kind: 'save', slot: 1 });
  emit(program, { kind: 'match' });
  return program;
}

function emit(program: Instruction[], instruction: Instruction): number {
  if (program.length >= INSTRUCTIONS_MAX) throw new PatternProblem('it is too large');
  program.push(instruction);
  return program.length - 1;
}

function compile(program: Instruction[], pattern: Pattern): void {
  switch (pattern.kind) {
    case 'empty':
      return;
    case 'class':
      emit(program, { kind: 'character', matches: matcherOf(pattern) });
      return;
    case 'assertion':
      emit(program, pattern);
      return;
    case 'group':
      emit(program, { kind: 'save', slot: pattern.index * 2 });
      compile(program, pattern.body);
      emit(program, { kind: 'save', slot: pattern.index * 2 + 1 });
      return;
    case 'sequence':
      for (const item of pattern.items) compile(program, item);
      return;
    case 'alternatives':
      compileAlternatives(program, pattern.items);
      return;
    case 'repeat':
      compileRepeat(program, pattern);
  }
}

function compileAlternatives(program: Instruction[], items: readonly Pattern[]): void {
  const jumps: number[] = [];
  for (const [index, item] of items.entries()) {
    if (index === items.length - 1) {
      compile(program, item);
      break;
    }
    const split = emit(program, { kind: 'jump', to: 0 });
    compile(program, item);
    jumps.push(emit(program, { kind: 'jump', to: 0 }));
    program[split] = { kind: 'split', first: split + 1, second: program.length };
  }
  for (const jump of jumps) program[jump] = { kind: 'jump', to: program.length };
}

function compileRepeat(program: Instruction[], repeat: Extract<Pattern, { kind: 'repeat' }>): void {
  const { body, min, max, isGreedy } = repeat;
  if (max === Number.POSITIVE_INFINITY) {
    for (let count = 1; count < min; count += 1) compile(program, body);
    if (min > 0) compilePlus(program, body, isGreedy);
    else compileOptional(program, isGreedy, () => compilePlus(program, body, isGreedy));
    return;
  }
  for (let count = 0; count < min; count += 1) compile(program, body);
  compileUpTo(program, body, max - min, isGreedy);
}

/** `x{0,3}` is `(x(x(x)?)?)?`. */
function compileUpTo(program: Instruction[], body: Pattern, count: number, isGreedy: boolean): void {
  const splits: number[] = [];
  for (let index = 0; index < count; index += 1) {
    splits.push(emit(program, { kind: 'jump', to: 0 }));
    compile(program, body);
  }
  for (const split of splits) program[split] = splitTo(split + 1, program.length, isGreedy);
}

function compilePlus(program: Instruction[], body: Pattern, isGreedy: boolean): void {
  const start = program.length;
  compile(program, body);
  const split = emit(program, { kind: 'jump', to: 0 });
  program[split] = splitTo(start, split + 1, isGreedy);
}

function compileOptional(program: Instruction[], isGreedy: boolean, compileBody: () => void): void {
  const split = emit(program, { kind: 'jump', to: 0 });
  compileBody();
  program[split] = splitTo(split + 1, program.length, isGreedy);
}

function splitTo(body: number, exit: number, isGreedy: boolean): Instruction {
  return isGreedy
    ? { kind: 'split', first: body, second: exit }
    : { kind: 'split', first: exit, second: body };
}

function matcherOf({ source, isNegated, ignoresCase }: Extract<Pattern, { kind: 'class' }>) {
  const expression = new RegExp(`^[${isNegated ? '^' : ''}${source}]$`, ignoresCase ? 'iu' : 'u');
  const known = new Map<string, boolean>();
  return (character: string) => {
    const before = known.get(character);
    if (before !== undefined) return before;
    const result = expression.test(character);
    known.set(character, result);
    return result;
  };
}
