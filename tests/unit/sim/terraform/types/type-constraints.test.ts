import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { convertToType } from '../../../../../sim/terraform/types/convert-to-type.ts';
import { parseTypeConstraint } from '../../../../../sim/terraform/types/parse-type-constraint.ts';
import { formatType, typeOf } from '../../../../../sim/terraform/types/terraform-type.ts';
import type { Value } from '../../../../../sim/terraform/value.ts';
import { evaluateText, FIXTURES, plain, SITE } from '../expression/evaluated.ts';
import { failureOf } from '../written.ts';

interface Recorded {
  readonly constraint: string;
  readonly expression: string;
  readonly value?: unknown;
  readonly type?: string;
  readonly error?: true;
}

const recorded = JSON.parse(
  readFileSync(new URL('type-constraints.json', FIXTURES), 'utf8'),
) as readonly Recorded[];

function converted(constraint: string, value: Value): Value {
  return convertToType(value, parseTypeConstraint(constraint, SITE), SITE);
}

/** A quoted name is a name to this parser. */
const TAKEN_HERE = 'object({"a" = string})';

test.each(recorded.filter(({ error }) => !error))(
  'a variable of type $constraint with $expression is what Terraform makes of it',
  ({ constraint, expression, value, type = '' }) => {
    const result = converted(constraint, evaluateText(expression));
    expect(plain(result)).toEqual(value);
    // Null has a type in Terraform, and none here.
    if (JSON.stringify(value).includes('null')) return;
    const written = formatType(typeOf(result))
      .replaceAll(/\bany\b/g, 'dynamic')
      .replaceAll(' = ', ': ');
    expect(withoutSpace(written)).toBe(withoutSpace(type));
  },
);

test.each(recorded.filter(({ error, constraint }) => error && constraint !== TAKEN_HERE))(
  'a variable of type $constraint with $expression is an error, as for Terraform',
  ({ constraint, expression }) => {
    const failure = failureOf(() => converted(constraint, evaluateText(expression)));
    expect(failure.code).toBe('SIM_TERRAFORM_INVALID');
    expect(failure.message).toMatch(/^could not read local\.result \(main\.tf:1\): [^\n]+; [^\n]+$/);
  },
);

test.each([
  ['number', '"x"', 'a number is required, it is a string'],
  ['list(number)', '[1, "x"]', '[1]: a number is required, it is a string'],
  ['list(string)', '{a = 1}', 'a list of string is required, it is an object'],
  ['map(list(number))', '{"a b" = [1, true]}', '["a b"][1]: a number is required, it is a bool'],
  ['object({a = object({b = bool})})', '{a = {b = []}}', '.a.b: a bool is required, it is a list'],
  ['object({a = object({b = bool})})', '{a = {}}', '.a: the attribute "b" is required'],
  ['tuple([string])', '["a", "b"]', '1 items are required, it has 2'],
  ['list(any)', '["a", []]', 'all items of a list must be of one type'],
  ['set(object({a = number}))', '[{a = "x"}]', '[0].a: a number is required, it is a string'],
])('what is no %s says so, and where: %s', (constraint, expression, reason) => {
  expect(failureOf(() => converted(constraint, evaluateText(expression))).details).toMatchObject({ reason });
});

test.each([
  ['strng', 'there is no type "strng"'],
  ['map()', 'map takes one argument'],
  ['optional(string)', 'optional is for the attributes of an object'],
  ['object({a = optional(string, var.x)})', 'a default cannot refer to var'],
  ['object({a = string, a = string})', 'the attribute "a" stands twice'],
  ['1', 'it is no type'],
])('%s is no type: %s', (constraint, reason) => {
  const failure = failureOf(() => parseTypeConstraint(constraint, SITE));
  expect(failure.code).toBe('SIM_TERRAFORM_INVALID');
  expect(failure.message).toContain(`the type is not valid: ${reason}`);
});

test('a hundred thousand nested types are refused within the stack', () => {
  const constraint = `${'list('.repeat(100_000)}string${')'.repeat(100_000)}`;
  expect(failureOf(() => parseTypeConstraint(constraint, SITE)).message).toContain('levels deep');
});

test('what JSON writers wrap is read as what it wraps', () => {
  expect(formatType(parseTypeConstraint(`\${object({a = optional(string)})}`, SITE))).toBe(
    'object({a = optional(string)})',
  );
});

test('symbols pass, wherever they stand', () => {
  const id: Value = { kind: 'reference', address: 'aws_vpc.main', attribute: 'id' };
  const unknown: Value = { kind: 'unknown', reason: 'why' };
  expect(converted('string', id)).toBe(id);
  expect(converted('list(string)', [id, 1])).toEqual([id, '1']);
  const both = new Map<string, Value>([
    ['a', id],
    ['b', unknown],
  ]);
  expect(converted('object({a = number, b = list(string)})', both)).toEqual(both);
  expect(converted('set(string)', ['b', id, 'a', id])).toEqual(['a', 'b', id]);
});

test('of a resource an object takes the attributes that it names', () => {
  const asked: string[] = [];
  const vpc: Value = {
    kind: 'object',
    address: 'aws_vpc.main',
    names: () => ['cidr_block'],
    member: (name) => {
      asked.push(name);
      return name === 'cidr_block'
        ? '10.0.0.0/16'
        : { kind: 'reference', address: 'aws_vpc.main', attribute: name };
    },
  };
  const value = converted(
    'object({id = string, cidr_block = string, tags = optional(map(string), {})})',
    vpc,
  );
  expect(plain(value)).toEqual({
    id: { kind: 'reference', address: 'aws_vpc.main', attribute: 'id' },
    cidr_block: '10.0.0.0/16',
    tags: {},
  });
  expect(asked).toEqual(['id', 'cidr_block']);
});

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/g, '').replaceAll(/,([\])}])/g, '$1');
}
