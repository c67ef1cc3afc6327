import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { isDrydockError } from '../../../../../sim/errors.ts';
import { unresolved } from '../../../../../sim/terraform/site.ts';
import { formatType, typeOf } from '../../../../../sim/terraform/types/terraform-type.ts';
import type { LazyObject, Value } from '../../../../../sim/terraform/value.ts';
import { failureOf } from '../written.ts';
import { evaluateText, FIXTURES, fixtureFiles, plain, SITE } from './evaluated.ts';

interface Vector {
  readonly expression: string;
  readonly value?: unknown;
  /** As `type()` of `terraform console` names it. */
  readonly type?: string;
  readonly error?: true;
}

function read<Content>(path: string): Content {
  return JSON.parse(readFileSync(new URL(path, FIXTURES), 'utf8')) as Content;
}

const files = fixtureFiles();
const locals = new Map<string, Value>();
for (const [name, expression] of Object.entries(read<Record<string, string>>('locals.json'))) {
  locals.set(name, evaluateText(expression));
}
/** A name that is not written is no failure that `try` may take. */
const local: LazyObject = {
  kind: 'object',
  address: 'local',
  names: () => [...locals.keys()],
  member(name) {
    const found = locals.get(name);
    if (found !== undefined) return found;
    throw unresolved(SITE, { reason: `local.${name} is not in the configuration`, nextStep: 'add it' });
  },
};
const path = new Map<string, Value>([
  ['module', '.'],
  ['root', '.'],
]);
const roots = { local, path };

/** Refused here by name although Terraform computes them, so that nothing is guessed. */
const REFUSED_HERE = new Map(Object.entries(read<Record<string, string>>('refused-here.json')));
/** Taken here although Terraform refuses them. */
const TAKEN_HERE = new Map(Object.entries(read<Record<string, string>>('taken-here.json')));

const topics = readdirSync(new URL('vectors/', FIXTURES)).sort();

/** What differs from the recording; undefined: nothing. */
function differenceOf({ expression, value, type, error }: Vector): object | undefined {
  let outcome: object;
  try {
    const result = evaluateText(expression, roots, files);
    outcome = { value: plain(result), ...typeOfRecorded(value, typeName(result)) };
  } catch (thrown) {
    if (!isDrydockError(thrown)) throw thrown;
    const isOneClearLine =
      /^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/.test(thrown.code) &&
      /^could not (read|resolve) local\.result \(main\.tf:1\): [^\n]+; [^\n]+$/.test(thrown.message);
    outcome = isOneClearLine ? { error: true } : { thrown: thrown.message };
  }
  const wanted = error ? { error } : { value, ...typeOfRecorded(value, type) };
  return isDeepStrictEqual(outcome, wanted) ? undefined : { expression, wanted, outcome };
}

test.each(topics)('%s: every expression is what Terraform made of it, or is refused as by it', (topic) => {
  const vectors = read<readonly Vector[]>(`vectors/${topic}`).filter(
    ({ expression }) => !REFUSED_HERE.has(expression) && !TAKEN_HERE.has(expression),
  );
  expect(vectors.length).toBeGreaterThan(10);
  expect(vectors.map(differenceOf).filter((difference) => difference !== undefined)).toEqual([]);
});

test.each([...REFUSED_HERE])('%s is refused instead of guessed', (expression, reason) => {
  const failure = failureOf(() => evaluateText(expression, roots, files));
  expect(failure.code).toBe('SIM_TERRAFORM_UNRESOLVED');
  expect(failure.message).toContain(reason);
});

test.each([...TAKEN_HERE])('%s is taken, since what is known of it is enough', (expression) => {
  expect(() => evaluateText(expression, roots, files)).not.toThrow();
});

/** Null has a type in Terraform, and none here. */
function typeOfRecorded(value: unknown, type = ''): { readonly type?: string } {
  return JSON.stringify(value)?.includes('null') ? {} : { type: withoutSpace(type) };
}

/** Terraform writes the type of null as dynamic, and an attribute without "=". */
function typeName(value: Value): string {
  const text = formatType(typeOf(value)).replaceAll(/\bany\b/g, 'dynamic');
  return withoutSpace(text.replaceAll(' = ', ': '));
}

/** Attributes come in the order of their names. */
function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/g, '').replaceAll(/,([\])}])/g, '$1');
}
