import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allows, schemaFormat } from './formats-of.ts';

const patterns = [
  '^[A-Z]{3}-\\d{4}$',
  'b+',
  '^a|b$',
  '^(?:ab?|[^a\\d]{2,})*$',
  '^.$',
  '^[^]$',
  '^\\w+\\s\\W?$',
  '^(a|é|日|😀){2,3}?$',
  '^[\\u00e9-\\u{1F600}]+$',
  '^\\ud83d\\ude00$',
  '^(?<word>a)[\\]\\-x]\\.\\x41\\t?$',
  '["\\\\/]',
  '^$',
  '',
];
const texts = [
  '',
  'a',
  'b',
  'ab',
  'ABC-1234',
  'ABC-123',
  'abc',
  'aa',
  'é',
  '日',
  '😀',
  'é日',
  'aé😀',
  '😀😀😀😀',
  '\n',
  'a ',
  'a\t!',
  '"',
  '\\',
  'a/b',
  'a].A',
  'ax.A\t',
  'a-.A',
  'xb',
  'ba',
  'xa',
  '\u2028',
  '\u0001',
  'bbb',
  'zz',
  'z1',
];

test.each(patterns)('matches what RegExp matches: %s', async (pattern) => {
  const expression = new RegExp(pattern, 'u');
  const found: string[] = [];
  for (const text of texts) {
    if (await allows(schemaFormat({ type: 'string', pattern }), JSON.stringify(text))) found.push(text);
  }
  expect(found).toEqual(texts.filter((text) => expression.test(text)));
});

test('matches what RegExp matches, for expressions put together at random', async () => {
  const { part } = fc.letrec<{ part: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', 'é'),
      fc.tuple(tie('part'), tie('part')).map(([a, b]) => `${a}${b}`),
      fc.tuple(tie('part'), tie('part')).map(([a, b]) => `(${a}|${b})`),
      fc
        .tuple(tie('part'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}'))
        .map(([a, times]) => `(?:${a})${times}`),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(
      part,
      fc.array(fc.constantFrom('a', 'b', 'é', '1', '"'), { maxLength: 5 }),
      async (source, letters) => {
        const pattern = `^${source}$`;
        const text = letters.join('');
        const isMatch = new RegExp(pattern, 'u').test(text);
        expect(await allows(schemaFormat({ type: 'string', pattern }), JSON.stringify(text))).toBe(isMatch);
      },
    ),
    { numRuns: 150 },
  );
});

test('takes hundreds of characters of any kind, and no more than the pattern says', async () => {
  const format = schemaFormat({ type: 'string', pattern: '^.{2,300}$' });
  expect(await allows(format, `"${'日'.repeat(300)}"`)).toBe(true);
  expect(await allows(format, `"${'a'.repeat(301)}"`)).toBe(false);
  expect(await allows(format, '"a"')).toBe(false);
});

test('writes each character in one way only', async () => {
  const format = schemaFormat({ type: 'string', pattern: '^.$' });
  expect(await allows(format, '"a"')).toBe(true);
  expect(await allows(format, '"\\u0061"')).toBe(false);
});
