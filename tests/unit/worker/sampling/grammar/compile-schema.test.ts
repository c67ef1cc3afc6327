import { expect, test } from 'vitest';
import { allowed, following, schemaFormat } from './formats-of.ts';

const point = {
  type: 'object',
  properties: { x: { type: 'integer' }, y: { type: 'integer' }, note: { type: 'string' } },
  required: ['x'],
  additionalProperties: false,
};

interface Case {
  readonly title: string;
  readonly schema: object;
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
}

const chain = Array.from({ length: 40 }, (_, at) => [
  `d${at}`,
  { anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
]);
const refs = (name: string) => ({ anyOf: Array.from({ length: 100 }, () => ({ $ref: `#/$defs/${name}` })) });

const cases: readonly Case[] = [
  {
    title: 'ways that part and meet again 40 times, which are looked at once each',
    schema: {
      type: 'object',
      properties: { a: { $ref: '#/$defs/d0' } },
      required: ['a'],
      $defs: { ...Object.fromEntries(chain), d40: { type: 'null' } },
    },
    allowed: ['{"a":null}'],
    denied: ['{"a":1}', '{}'],
  },
  {
    title: 'a hundred ways to a hundred ways to a list of the same',
    schema: {
      type: 'object',
      properties: { a: refs('z') },
      required: ['a'],
      $defs: { z: refs('y'), y: { type: 'array', items: { $ref: '#/$defs/z' } } },
    },
    allowed: ['{"a":[]}', '{"a":[[],[[]]]}'],
    denied: ['{"a":[1]}', '{"a":[[]}'],
  },
  {
    title: 'properties in their order, optional ones left out at will, none twice, no others',
    schema: point,
    allowed: [
      '{"x":1}',
      '{"x":1,"y":2}',
      '{"x":1,"note":""}',
      '{"x":1,"y":2,"note":"a"}',
      '{ "x": 1, "y": 2 }',
    ],
    denied: [
      '{}',
      '{"y":2}',
      '{"y":2,"x":1}',
      '{"x":1,"x":1}',
      '{"x":1,"z":1}',
      '{"x":1,}',
      '{"x":"1"}',
      '{"x":1',
    ],
  },
  {
    title: 'optional properties alone',
    schema: { type: 'object', properties: { a: { const: 1 }, b: { const: 2 } } },
    allowed: ['{}', '{"a":1}', '{"b":2}', '{"a":1,"b":2}'],
    denied: ['{"a":1"b":2}', '{,"b":2}', '{"c":1}'],
  },
  {
    title: 'other names where a schema asks for them, and never a known name with another value',
    schema: { type: 'object', properties: { äb: { const: 1 } }, additionalProperties: { type: 'null' } },
    allowed: ['{}', '{"äb":1}', '{"c":null}', '{"äb":1,"ä":null,"äbc":null,"":null}', '{"ö":null}'],
    denied: ['{"äb":null}', '{"c":1}', '{"c":null,"äb":1}', '{"\\u00e4b":null}'],
  },
  {
    title: 'a map without known names',
    schema: { type: 'object', additionalProperties: { type: 'boolean' } },
    allowed: ['{}', '{"a":true}', '{"a":true,"b":false}'],
    denied: ['{"a":1}', '{"a":true,}'],
  },
  {
    title: 'a required name that no property describes',
    schema: { type: 'object', required: ['id'] },
    allowed: ['{"id":1}', '{"id":{"a":[]},"more":2}'],
    denied: ['{}', '{"other":1}'],
  },
  {
    title: 'counted items',
    schema: { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
    allowed: ['[true]', '[true,false]', '[true, false, true]', '[\n  true\n]'],
    denied: ['[]', '[true,true,true,true]', '[true,]', '[1]'],
  },
  {
    title: 'items with a least count and no end',
    schema: { type: 'array', items: { const: 1 }, minItems: 2 },
    allowed: ['[1,1]', '[1,1,1]', '[1,1,1,1,1,1]'],
    denied: ['[]', '[1]'],
  },
  { title: 'an array of nothing', schema: { type: 'array', items: false }, allowed: ['[]'], denied: ['[1]'] },
  {
    title: 'listed values of any kind, as the type leaves them',
    schema: { enum: ['a', 'ab', 1, null, { k: [1] }, 'ü"'] },
    allowed: ['"a"', '"ab"', '1', 'null', '{"k":[1]}', '"ü\\""'],
    denied: ['"abc"', '"b"', '11', '{"k": [1]}'],
  },
  {
    title: 'listed values of the stated type alone',
    schema: { type: ['integer', 'null'], enum: ['a', 1, 1.5, null] },
    allowed: ['1', 'null'],
    denied: ['"a"', '1.5'],
  },
  {
    title: 'one of several schemas, also where they begin alike',
    schema: {
      anyOf: [
        { type: 'object', properties: { k: { const: 'a' }, n: { type: 'integer' } }, required: ['k', 'n'] },
        { type: 'object', properties: { k: { const: 'ab' }, s: { type: 'string' } }, required: ['k', 's'] },
        { type: 'array', items: { type: 'null' } },
      ],
    },
    allowed: ['{"k":"a","n":1}', '{"k":"ab","s":""}', '[null]'],
    denied: ['{"k":"a","s":""}', '{"k":"ab","n":1}', '[1]'],
  },
  {
    title: 'a schema that refers to itself',
    schema: {
      $ref: '#/$defs/tree~1node',
      $defs: {
        'tree/node': {
          type: 'object',
          properties: {
            v: { type: 'integer' },
            kids: { type: 'array', items: { $ref: '#/$defs/tree~1node' } },
          },
          required: ['v', 'kids'],
          additionalProperties: false,
        },
      },
    },
    allowed: ['{"v":1,"kids":[]}', '{"v":1,"kids":[{"v":2,"kids":[{"v":3,"kids":[]}]},{"v":4,"kids":[]}]}'],
    denied: ['{"v":1}', '{"v":1,"kids":[{"v":2}]}', '{"v":1,"kids":[{"v":2,"kids":[]}'],
  },
  {
    title: 'any value where the schema says nothing, keywords of other types having no effect',
    schema: { description: 'anything', title: 't' },
    allowed: ['1', '"a"', '[1,"a",null]', '{"a":{"b":[]}}', 'true', '-0.5e+7'],
    denied: ['', '01', "'a'", '[1 ,2]', 'nul'],
  },
  {
    title: 'keywords of another type than the schema has',
    schema: { type: 'boolean', minLength: 3, items: { type: 'string' } },
    allowed: ['true', 'false'],
    denied: ['"abc"'],
  },
  {
    title: 'lengths in characters, not in bytes or escapes',
    schema: { type: 'string', minLength: 2, maxLength: 3 },
    allowed: ['"ab"', '"日本語"', '"😀😀"', '"\\n\\u00e9"'],
    denied: ['""', '"a"', '"abcd"', '"\\u00e9"'],
  },
  {
    title: 'a least length alone',
    schema: { type: 'string', minLength: 2 },
    allowed: ['"ab"', '"abcdefgh"'],
    denied: ['""', '"a"'],
  },
  {
    title: 'strings as RFC 8259 has them, without surrogates',
    schema: { type: 'string' },
    allowed: ['""', '"a\\"b"', '"\\u0041\\ud7ff\\ue000"', '"\u007f\uffff😀"'],
    denied: ['"\n"', '"\\ud800"', '"\\x41"', '"a', '"\\u12"'],
  },
  {
    title: 'numbers that stay finite',
    schema: { type: 'number' },
    allowed: ['0', '-0', '1.5', '-12.25e-3', '1E+99', '9999999999999999999'],
    denied: ['01', '1.', '.5', '+1', '1e', '1e100', '99999999999999999999', '0x1'],
  },
  {
    title: 'integers',
    schema: { type: 'integer' },
    allowed: ['0', '-7', '120'],
    denied: ['1.0', '1e3', '-0', '007'],
  },
];

test.each(cases)('lets through exactly $title', async ({ schema, allowed: expected, denied }) => {
  expect(await allowed(schemaFormat(schema), [...expected, ...denied])).toEqual(expected);
});

test('takes any object, and nothing else, for json_object', async () => {
  const expected = ['{}', '{"a":[1,{"b":null}],"c":"d"}'];
  expect(await allowed({ type: 'json_object' }, [...expected, '[]', '1', '"a"', '{"a"}', ''])).toEqual(
    expected,
  );
});

test('bounds blanks, and wants none before or after the answer', async () => {
  const expected = ['{"x": 1}', `{\n${' '.repeat(24)}"x":\n\t1\n}`];
  const denied = [
    '{"x":  1}',
    `{\n${' '.repeat(25)}"x":1}`,
    '{\n\n"x":1}',
    ' {"x":1}',
    '{"x":1} ',
    '{"x" :1}',
  ];
  expect(await allowed(schemaFormat(point), [...expected, ...denied])).toEqual(expected);
});

test('offers no way that can never end', async () => {
  const endless = { type: 'object', properties: { more: { $ref: '#/$defs/endless' } }, required: ['more'] };
  const choice = { $defs: { endless }, anyOf: [{ $ref: '#/$defs/endless' }, { type: 'null' }] };
  expect(await following(schemaFormat(choice), '')).toEqual(['n']);
  const optional = {
    $defs: { endless },
    type: 'object',
    properties: { a: { $ref: '#/$defs/endless' }, b: { type: 'null' } },
  };
  expect(await following(schemaFormat(optional), '{"')).toEqual(['b']);
  const impossible = { type: 'string', pattern: '^(ac[^\\s\\S]|b)$' };
  expect(await following(schemaFormat(impossible), '"')).toEqual(['b']);
});

test.each([
  ['a lone continuation', [], 0x80],
  ['an overlong form', [], 0xc1],
  ['an overlong form of three', [0xe0], 0x9f],
  ['a surrogate', [0xed], 0xa0],
  ['an overlong form of four', [0xf0], 0x8f],
  ['a code point that is too large', [0xf4], 0x90],
  ['a lead that there is not', [], 0xf5],
])('keeps strings well-formed UTF-8: no %s', async (_, lead, byte) => {
  const next = await following(schemaFormat({ type: 'string' }), Uint8Array.of(0x22, ...lead));
  expect(next.length).toBeGreaterThan(10);
  expect(next).not.toContain(String.fromCharCode(byte));
});

const year = ['2024-02-28', '2023-12-31'];
test.each([
  ['date', year, ['2023-02-30', '2023-13-01', '2023-1-1', '']],
  ['time', ['12:30:00Z', '00:00:59.5+01:30'], ['24:00:00Z', '12:30:00', '12:30Z']],
  ['date-time', ['2024-02-28T12:30:00Z'], ['2024-02-28 12:30:00Z', '2024-02-28']],
  ['duration', ['P3D', 'PT1H30M', 'P1Y2M', 'P2W', 'P1DT5S'], ['P', 'PT', '3D', 'P1S']],
  ['email', ['a.b+c@example.org'], ['a@b', '@example.org', 'a b@example.org']],
  ['hostname', ['a', 'a-b.example.org'], ['-a', 'a.', 'a_b']],
  ['ipv4', ['0.0.0.0', '192.168.255.1'], ['256.1.1.1', '1.2.3', '01.2.3.4']],
  [
    'ipv6',
    ['::', '::1', '1::', 'fe80::1:2', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::'],
    [':', '1:2', '1::2::3', '1:2:3:4:5:6:7:8:9'],
  ],
  ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567', '123e4567-e89b-12d3-a456-42661417400g']],
])('enforces the format %s', async (format, good, bad) => {
  const texts = [...good, ...bad].map((text) => JSON.stringify(text));
  const schema = schemaFormat({ type: 'string', format });
  expect(await allowed(schema, texts)).toEqual(good.map((text) => JSON.stringify(text)));
});
