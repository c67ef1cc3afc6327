import fc from 'fast-check';
import { expect, test } from 'vitest';
import { regularExpression } from '../../../../../sim/terraform/expression/re2/regular-expression.ts';

/**
 * Patterns that RE2 and JavaScript read alike. What is repeated matches one character at least: of a repetition that
 * matches nothing the two have different opinions.
 */
const pattern = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '[ab]', '[^a]', '^', '$', '\\b', '\\B', 'ab', '(?:)'),
    fc
      .tuple(
        fc.constantFrom('a', 'b', 'c', '[ab]', 'ba'),
        fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}'),
      )
      .map(([atom, repeat]) => `(?:${atom})${repeat}`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{0,2}', '{2,}?'))
      .map(([inner, repeat]) => `(b(?:${inner}))${repeat}`),
    tie('pattern').map((inner) => `(${inner})`),
  ),
  pattern: fc
    .array(fc.tuple(tie('part'), fc.constantFrom('', '', '', '|')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([part, bar]) => part + bar).join('')),
})).pattern;

test('finds the match that a backtracking engine finds', () => {
  fc.assert(
    fc.property(
      pattern,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 8 }),
      (source, text) => {
        const expected = new RegExp(source, 'u').exec(text);
        const found = regularExpression(source).first(text);
        expect(found?.start).toBe(expected?.index);
        expect(found?.groups[0]).toBe(expected?.[0]);
      },
    ),
    { numRuns: 250 },
  );
});

test('takes time that grows with the text, where a backtracking engine takes years', () => {
  const expression = regularExpression('^(([a-z])+.)+[A-Z]([a-z])+$');
  expect(expression.first('a'.repeat(2_000))).toBeUndefined();
  const short = regularExpression('(x+x+)+y');
  short.first('x'.repeat(1_000));
  const long = regularExpression('(x+x+)+y');
  long.first('x'.repeat(2_000));
  expect(long.steps).toBeLessThan(short.steps * 2.1);
});

test.each([
  ['(a|ab)(c|bcd)(d*)', 'abcd', ['abcd', 'a', 'bcd', '']],
  ['(a+|b+)*', 'aabb', ['aabb', 'bb']],
  ['x*', 'y', ['']],
  ['(?i)straße', 'STRAßE', ['STRAßE']],
  ['[[:upper:]][[:lower:]]*', 'xAbc', ['Abc']],
  ['\\p{Han}+', 'a漢字b', ['漢字']],
  ['(?m)^b$', 'a\nb', ['b']],
  ['.', '😀', ['😀']],
])('%s in %s gives %j', (source, text, groups) => {
  expect(regularExpression(source).first(text)?.groups).toEqual(groups);
});
