import { expect, test } from 'vitest';
import { createEvaluator, fieldsOf } from '../../../../sim/terraform/index.ts';
import { configurationOf, failureOf } from './written.ts';

const other = { a: { one: 1 } };

test.each<[string, object, readonly string[]]>([
  ['count = 0', { count: 0 }, []],
  ['count = 2', { count: 2 }, ['t.x[0]', 't.x[1]']],
  ['count = "1"', { count: '1' }, ['t.x[0]']],
  ['no repetition', {}, ['t.x']],
  ['a map', { for_each: { b: 1, a: 2 } }, ['t.x["a"]', 't.x["b"]']],
  [
    'an object of expressions',
    { for_each: `\${{ for n in [1, 2] : "k\${n}" => n }}` },
    ['t.x["k1"]', 't.x["k2"]'],
  ],
  ['a set', { for_each: `\${toset(["b", "a", "b"])}` }, ['t.x["a"]', 't.x["b"]']],
  ['an empty set', { for_each: `\${toset([])}` }, []],
  ['the instances of a resource', { for_each: `\${t.many}` }, ['t.x["p"]', 't.x["q"]']],
])('%s makes its instances', (_, repetition, addresses) => {
  const { resources } = configurationOf({
    resource: { t: { x: repetition, many: { for_each: { p: 1, q: 2 } } } },
  });
  expect([...resources.keys()].filter((address) => address.startsWith('t.x'))).toEqual(addresses);
});

test('each and count mean what they mean in the instance', () => {
  const configuration = configurationOf({
    resource: {
      t: {
        counted: { count: 2, n: `\${count.index}` },
        each: { for_each: { a: { n: 1 } }, key: `\${each.key}`, n: `\${each.value.n}` },
        set: { for_each: `\${toset(["s"])}`, value: `\${each.value}` },
        resource: { for_each: `\${t.each}`, id: `\${each.value.id}`, n: `\${each.value.n}` },
      },
    },
  });
  const evaluator = createEvaluator(configuration);
  const values = [...configuration.resources.values()].flatMap((block) => {
    const fields = fieldsOf(block, evaluator);
    return ['key', 'n', 'value', 'id'].flatMap((name) => {
      const found = fields.value(name)?.value;
      return found === undefined ? [] : [[`${block.address} ${name}`, found]];
    });
  });
  expect(values).toEqual([
    ['t.counted[0] n', 0],
    ['t.counted[1] n', 1],
    ['t.each["a"] key', 'a'],
    ['t.each["a"] n', 1],
    ['t.set["s"] value', 's'],
    ['t.resource["a"] n', 1],
    ['t.resource["a"] id', { kind: 'reference', address: 't.each["a"]', attribute: 'id' }],
  ]);
});

test.each<[object, string]>([
  [{ count: -1 }, 'it is -1, not a whole number from 0'],
  [{ count: 1.5 }, 'it is 1.5, not a whole number from 0'],
  [{ count: 'x' }, 'it is a string, not a whole number from 0'],
  [{ count: null }, 'it is null, not a whole number from 0'],
  [{ count: [] }, 'it is a list, not a whole number from 0'],
  [{ for_each: ['a'] }, 'it is a list, not a map or a set of strings; use toset(…)'],
  [{ for_each: 'a' }, 'it is a string, not a map or a set of strings'],
  [{ for_each: null }, 'it is null, not a map or a set of strings'],
  [{ for_each: `\${toset([1])}` }, 'its set holds a number, not only strings'],
  [{ count: 1, for_each: {} }, 'it has both count and for_each'],
  [{ count: `\${local.none}` }, 'local.none is not in the configuration'],
  [{ count: `\${length(t.x)}` }, 'it depends on itself: t.x → t.x'],
])('%j is a mistake', (repetition, reason) => {
  const failure = failureOf(() => configurationOf({ resource: { t: { x: repetition } } }));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { address: 't.x' } });
  expect(failure.message).toContain(reason);
});

test.each<[object, string]>([
  [{ count: `\${t.other.size}` }, 'count: t.other.size is known only after apply'],
  [{ for_each: `\${t.other.zones}` }, 'for_each: t.other.zones is known only after apply'],
  [{ for_each: `\${toset([t.other.id])}` }, 'for_each: t.other.id is known only after apply'],
  [{ count: 20_000 }, 'count: it makes more than 10000 instances'],
])('%j is carried and not thrown', (repetition, reason) => {
  const configuration = configurationOf({
    resource: { t: { x: repetition, other, uses: { id: `\${t.x[0].id}` } } },
  });
  expect([...configuration.resources.keys()]).toEqual(['t.other', 't.uses']);
  expect(configuration.unexpanded).toEqual([
    {
      address: 't.x',
      kind: 'resource',
      type: 't',
      cause: { address: 't.x', reason, place: { file: 'main.tf.json', line: 5 } },
      place: { file: 'main.tf.json', line: 4 },
    },
  ]);
  const uses = configuration.resources.get('t.uses');
  expect(uses && fieldsOf(uses, createEvaluator(configuration)).value('id')?.value).toEqual({
    kind: 'unknown',
    reason: `the instances of t.x are not known: ${reason}`,
  });
});

test('what models compute takes the place of a symbol, in expressions too', () => {
  const configuration = configurationOf({
    resource: { t: { a: {}, b: { cidr: `\${cidrsubnet(t.a.block, 8, 1)}`, id: `\${t.a.id}` } } },
  });
  const block = configuration.resources.get('t.b');
  const evaluator = createEvaluator(configuration, {
    computed: (address, attribute) => (`${address}.${attribute}` === 't.a.block' ? '10.0.0.0/16' : undefined),
  });
  const fields = block && fieldsOf(block, evaluator);
  expect(fields?.text('cidr')).toBe('10.0.1.0/24');
  expect(fields?.value('id')?.value).toEqual({ kind: 'reference', address: 't.a', attribute: 'id' });
});
