/**
 * What a run says of a mutant. It counts as caught only where the named test did not find what it expected: a file that does
 * not load, an error that is thrown, or a run that ends nowhere judges nothing.
 */
import { fileOf, type Mutant } from './mutant.ts';
import type { RanTest, RanTests } from './ran-tests.ts';

export type Outcome =
  | { readonly kind: 'killed'; readonly killedBy: string; readonly because: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'not-judged'; readonly reason: string };

/** The tests among those of its file that are to see the mutant. */
export function namesFor(mutant: Mutant, all: readonly RanTest[]): readonly string[] {
  const { caughtBy } = mutant;
  const own = all.filter(({ file }) => file === fileOf(mutant)).map(({ name }) => name);
  if (!('witness' in caughtBy)) return own.filter((name) => name.includes(caughtBy.test));
  return own.filter((name) => isOf(name, caughtBy.witness));
}

/** `… nat-gateway`, or of several together `… from gateway-endpoint to nat-gateway`, sorted. */
function isOf(name: string, witness: string): boolean {
  const range = rangeIn(name);
  if (range === undefined) return name.endsWith(` ${witness}`);
  return range.first <= witness && witness <= range.last;
}

function rangeIn(name: string): { readonly first: string; readonly last: string } | undefined {
  const [, first, last] = /from (\S+) to (\S+)$/.exec(name) ?? [];
  return first === undefined || last === undefined ? undefined : { first, last };
}

export function judgeRun(mutant: Mutant, { tests, broken }: RanTests): Outcome {
  const failed = tests.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (first !== undefined) return judgeFailure(mutant, first);
  if (broken.length > 0) return { kind: 'not-judged', reason: oneLine(`it broke the run: ${broken[0]}`) };
  if (tests.some(({ state }) => state === 'passed')) return { kind: 'survived' };
  return { kind: 'not-judged', reason: 'no test ran' };
}

function judgeFailure({ caughtBy }: Mutant, { file, name, error }: RanTest): Outcome {
  if (error?.name !== 'AssertionError') {
    const said = error === undefined ? 'without a word' : `with ${error.name}: ${error.message}`;
    return { kind: 'not-judged', reason: oneLine(`"${name}" failed ${said}`) };
  }
  const killedBy = `${file} > ${name}`;
  const seen = { actual: error.actual ?? '', expected: error.expected ?? '' };
  if (!('witness' in caughtBy) || rangeIn(name) === undefined) {
    return { kind: 'killed', killedBy, because: reasonIn(seen) ?? oneLine(error.message) };
  }
  const { witness } = caughtBy;
  const own = { actual: partOf(seen.actual, witness), expected: partOf(seen.expected, witness) };
  if (own.actual !== '' && own.expected !== '' && own.actual !== own.expected) {
    const because = reasonIn(own) ?? oneLine(error.message);
    return { kind: 'killed', killedBy: `${killedBy} (${witness})`, because };
  }
  return { kind: 'not-judged', reason: `"${name}" failed, but not by ${witness}` };
}

/** The first fact or packet that is told on one side alone. */
function reasonIn({ actual, expected }: { actual: string; expected: string }): string | undefined {
  const line = actual.split('\n').find((each) => /\||->/.test(each) && !expected.includes(each));
  return line && oneLine(line.replaceAll(/^\s*(?:"fact": )?"|",?$/g, ''));
}

/** Of a printed list of results the one that belongs to the witness. */
function partOf(text: string, witness: string): string {
  return text.split(/^ {2}(?:Object )?\{$/m).find((part) => part.includes(`"id": "${witness}"`)) ?? '';
}

const LINE_MAX = 200;

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line;
}
