import { expect, test } from 'vitest';
import { createEvaluator } from '../../../../sim/terraform/evaluator.ts';
import { convertOr, type Fields, fieldsOf, referenceOr } from '../../../../sim/terraform/fields.ts';
import { configurationOf, failureOf } from './written.ts';

function fieldsFor(body: object): Fields {
  const configuration = configurationOf({ resource: { t: { x: body, other: {} } } });
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
  ['a', `\${t.other.a[0]}`, (fields) => fields.blocks('a'), 't.other.a is known only after apply'],
])('a %s of %j in another kind is an error with its place', (name, value, read, reason) => {
  const failure = failureOf(() => read(fieldsFor({ [name]: value })));
  const isMistake = reason.startsWith('it must be');
  expect(failure).toMatchObject({
    code: isMistake ? 'SIM_TERRAFORM_INVALID' : 'SIM_TERRAFORM_UNRESOLVED',
    details: { file: 'main.tf.json', address: 't.x', field: name, reason, line: 5 },
  });
  expect(failure.message).toBe(
    `could not ${isMistake ? 'read' : 'resolve'} t.x a (main.tf.json:5): ${reason}; ${failure.message.split('; ').at(-1)}`,
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
  [`\${t.other.a[0]}`, 't.other.a is known only after apply'],
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

const rules = {
  ingress: [{ port: 22 }],
  dynamic: {
    ingress: { for_each: [80, 443], content: { port: `\${ingress.value}`, key: `\${ingress.key}` } },
    egress: [
      {
        for_each: `\${{ b = [1, 2], a = [3] }}`,
        iterator: 'rule',
        content: [
          {
            name: `\${rule.key}`,
            dynamic: {
              part: { for_each: `\${rule.value}`, content: { n: `\${part.value}`, of: `\${rule.key}` } },
            },
          },
        ],
      },
    ],
    set: { for_each: `\${toset(["y", "x"])}`, content: { key: `\${set.key}`, value: `\${set.value}` } },
    none: { for_each: [], content: {} },
    labelled: { for_each: [1], labels: [`l\${labelled.value}`], content: { n: `\${labelled.value}` } },
    later: { for_each: `\${t.other.list}`, content: {} },
  },
};

test('dynamic blocks stand beside the static ones of their name, one for each element', () => {
  const fields = fieldsFor(rules);
  expect(fields.blocks('ingress').map((block) => [block.number('port'), block.number('key')])).toEqual([
    [22, undefined],
    [80, 0],
    [443, 1],
  ]);
  expect(
    fields
      .blocks('egress')
      .map((block) => [
        block.text('name'),
        block.blocks('part').map((part) => [part.number('n'), part.text('of')]),
      ]),
  ).toEqual([
    ['a', [[3, 'a']]],
    [
      'b',
      [
        [1, 'b'],
        [2, 'b'],
      ],
    ],
  ]);
});

test('the key of an element of a set is the element', () => {
  expect(
    fieldsFor(rules)
      .blocks('set')
      .map((block) => [block.text('key'), block.text('value')]),
  ).toEqual([
    ['x', 'x'],
    ['y', 'y'],
  ]);
});

test('labels of a dynamic block are names around its body', () => {
  const [block] = fieldsFor(rules).blocks('labelled');
  expect(block?.blocks('l1').map((inner) => inner.number('n'))).toEqual([1]);
});

test('a dynamic block without elements is as good as not written, one that is not known is refused where it is read', () => {
  const fields = fieldsFor(rules);
  expect([fields.isWritten('none'), fields.isWritten('ingress'), fields.isWritten('later')]).toEqual([
    false,
    true,
    true,
  ]);
  expect(fields.blocks('none')).toEqual([]);
  expect(failureOf(() => fields.blocks('later'))).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
    details: {
      address: 't.x',
      field: 'dynamic.later.for_each',
      reason: 't.other.list is known only after apply',
    },
  });
});

test('an error inside a dynamic block names the element and the line of its content', () => {
  const [, block] = fieldsFor(rules).blocks('ingress');
  expect(failureOf(() => block?.boolean('port')).details).toMatchObject({
    address: 't.x',
    field: 'ingress[1].port',
    line: 17,
  });
});

test('dynamic blocks that nobody asked for are refused by their name', () => {
  const fields = fieldsFor({
    dynamic: { rule: { for_each: [1], content: {} }, none: { for_each: [], content: {} } },
  });
  expect(failureOf(() => fields.refuseUnread({ inert: [] })).details).toMatchObject({ field: 'rule' });
  fields.blocks('rule');
  expect(() => fields.refuseUnread({ inert: [] })).not.toThrow();
});

test('what is null only when it is evaluated is not written', () => {
  const fields = fieldsFor({ a: `\${true ? null : 1}`, b: `\${t.other.id == "x" ? null : 1}` });
  expect([fields.isWritten('a'), fields.isWritten('b')]).toEqual([false, true]);
});

test('static and dynamic blocks of one name are numbered together, in the order in which they stand', () => {
  const body = {
    rule: [{ n: 1 }, { n: 2 }],
    dynamic: {
      rule: [
        { for_each: [3, 4], content: { n: `\${rule.value}` } },
        { for_each: [5], content: { n: 5 } },
      ],
    },
  };
  const named = fieldsFor(body)
    .blocks('rule')
    .map((block) => [block.site.field, block.number('n')]);
  expect(named).toEqual([
    ['rule[0]', 1],
    ['rule[1]', 2],
    ['rule[2]', 3],
    ['rule[3]', 4],
    ['rule[4]', 5],
  ]);
});
