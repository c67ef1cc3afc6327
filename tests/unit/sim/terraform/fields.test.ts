import { expect, test } from 'vitest';
import { createEvaluator } from '../../../../sim/terraform/evaluator.ts';
import { convertOr, type Fields, fieldsOf, referenceOr } from '../../../../sim/terraform/fields.ts';
import { configurationOf, failureOf } from './written.ts';

function fieldsFor(body: object): Fields {
  const configuration = configurationOf({ resource: { t: { x: body, other: {} } }, variable: { unset: {} } });
  const block = configuration.resources.get('t.x');
  if (block === undefined) throw new Error('t.x was not read');
  return fieldsOf(block, createEvaluator(configuration));
}

test('converts as Terraform does', () => {
  const fields = fieldsFor({ a: 5, b: '5', c: 'true', d: false, e: '1.5' });
  expect([
    fields.text('a'),
    fields.number('b'),
    fields.boolean('c'),
    fields.text('d'),
    fields.number('e'),
  ]).toEqual(['5', 5, true, 'false', 1.5]);
});

test('null and what is not written are absent', () => {
  const fields = fieldsFor({ a: null, b: `\${null}`, l: [] });
  expect([fields.text('a'), fields.text('b'), fields.text('none'), fields.text('constructor')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect([fields.isWritten('a'), fields.isWritten('l'), fields.isWritten('toString')]).toEqual([
    false,
    true,
    false,
  ]);
  expect(failureOf(() => fields.required('a', fields.text('a')))).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { file: 'main.tf.json', address: 't.x', field: 'a', reason: 'it is missing' },
  });
});

test('blocks are read from an object, a list, nested lists and an expression', () => {
  const fields = fieldsFor({
    one: { n: 1 },
    many: [{ n: 1 }, [{ n: 2 }], null],
    expression: `\${[{n = 3}]}`,
    none: [],
  });
  const read = (name: string) => fields.blocks(name).map((block) => [block.site.field, block.number('n')]);
  expect(read('one')).toEqual([['one', 1]]);
  expect(read('many')).toEqual([
    ['many[0]', 1],
    ['many[1][0]', 2],
  ]);
  expect(read('expression')).toEqual([['expression[0]', 3]]);
  expect(read('none')).toEqual([]);
});

test.each<[string, unknown, (fields: Fields) => unknown, string]>([
  ['a', 'x', (fields) => fields.number('a'), 'it must be a number, it is a string'],
  ['a', [], (fields) => fields.text('a'), 'it must be a string, it is a list'],
  ['a', {}, (fields) => fields.list('a'), 'it must be a list, it is an object'],
  ['a', [], (fields) => fields.map('a'), 'it must be a map, it is a list'],
  ['a', 1, (fields) => fields.boolean('a'), 'it must be a bool, it is a number'],
  ['a', 'x', (fields) => fields.blocks('a'), 'it must be a block, it is a string'],
  ['a', `\${t.other.id}`, (fields) => fields.text('a'), 't.other.id is known only after apply'],
  ['a', `x\${t.other.id}`, (fields) => fields.text('a'), 't.other.id is known only after apply'],
  ['a', `\${var.unset}`, (fields) => fields.blocks('a'), 'var.unset has no default'],
])('a %s of %j in another kind is an error with its place', (name, value, read, reason) => {
  const failure = failureOf(() => read(fieldsFor({ [name]: value })));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
    details: { file: 'main.tf.json', address: 't.x', field: name, reason, line: 5 },
  });
  expect(failure.message).toBe(
    `could not resolve t.x a (main.tf.json:5): ${reason}; ${failure.message.split('; ').at(-1)}`,
  );
});

test('an item of a list names its index', () => {
  const [, second] = fieldsFor({ a: ['x', `\${t.other.id}`] }).list('a');
  if (second === undefined) throw new Error('the list is too short');
  expect(failureOf(() => convertOr(second, 'a string', () => undefined)).details).toMatchObject({
    field: 'a[1]',
    line: 7,
  });
  expect(referenceOr(second, 'anything')).toEqual({ kind: 'reference', address: 't.other', attribute: 'id' });
});

test.each([
  ['vpc-123', 'it is not a reference to a resource'],
  [`\${var.unset}`, 'var.unset has no default'],
  [`x\${t.other.id}`, 't.other.id is known only after apply'],
])('%s is not a reference', (value, reason) => {
  const found = fieldsFor({ a: value }).value('a');
  if (found === undefined) throw new Error('a was not read');
  expect(failureOf(() => referenceOr(found, 'a thing'))).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
    details: { reason },
  });
});

test('what is only told to people may be unknown', () => {
  const fields = fieldsFor({ a: `\${t.other.id}`, b: 'x' });
  expect([fields.textIfKnown('a'), fields.textIfKnown('b')]).toEqual([undefined, 'x']);
});

test('whatever nobody asked for is refused by name', () => {
  const fields = fieldsFor({
    known: 1,
    inert: 1,
    off: false,
    empty: [],
    blank: '',
    depends_on: ['t.other'],
    '//': {},
  });
  fields.number('known');
  expect(() => fields.refuseUnread({ inert: ['inert'], off: ['off'] })).not.toThrow();
  expect(failureOf(() => fields.refuseUnread({ inert: ['inert'] }))).toMatchObject({
    code: 'SIM_TERRAFORM_UNSUPPORTED',
    details: { address: 't.x', field: 'off', reason: 'it may bear on reachability and is not modelled' },
  });
  expect(failureOf(() => fields.refuseUnread({ inert: [], off: ['off'] })).details).toMatchObject({
    field: 'inert',
  });
});

test.each(['count', 'for_each', 'dynamic'])('%s is refused even where it is empty', (name) => {
  const failure = failureOf(() => fieldsFor({ [name]: [] }).refuseUnread({ inert: [] }));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_UNSUPPORTED',
    details: { field: name, reason: 'it is not read yet' },
  });
});
