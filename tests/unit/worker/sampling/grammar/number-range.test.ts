import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowed, allows, schemaFormat } from './formats-of.ts';

interface Range {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

test.each<[Range, readonly string[], readonly string[]]>([
  [
    { type: 'integer', minimum: 0, maximum: 130 },
    ['0', '9', '10', '99', '100', '130'],
    ['-1', '131', '00', '1000', '5.0'],
  ],
  [{ type: 'integer', minimum: -12, maximum: -3 }, ['-3', '-9', '-10', '-12'], ['0', '-0', '-2', '-13', '3']],
  [{ type: 'integer', minimum: 1.5 }, ['2', '10', '9999999999999999999'], ['1', '0', '-2']],
  [{ type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 3 }, ['1', '2'], ['0', '3']],
  [
    { type: 'number', minimum: 0.25, maximum: 12.5 },
    ['0.25', '0.3', '1', '12.5', '12.50'],
    ['0.2', '0.249', '12.51', '13', '0', '1e0'],
  ],
  [
    { type: 'number', exclusiveMinimum: 0.25, exclusiveMaximum: 1 },
    ['0.2501', '0.99'],
    ['0.25', '0.250', '1', '1.0'],
  ],
  [
    { type: 'number', minimum: -0.5, maximum: 0.5 },
    ['-0.5', '0', '0.0', '-0.01', '0.5'],
    ['-0.51', '0.6', '1', '-1'],
  ],
  [{ type: 'number', exclusiveMinimum: 0 }, ['0.01', '5'], ['0', '0.0', '-1']],
  [{ type: 'number', maximum: -1e-7 }, ['-0.0000001', '-5'], ['0', '-0.00000009', '-0.0']],
  [{ type: 'number', minimum: 5, exclusiveMinimum: 5 }, ['5.1'], ['5']],
  [{ type: 'number', minimum: 5, exclusiveMinimum: 3 }, ['5'], ['4.9']],
])('keeps numbers within %j', async (range, good, bad) => {
  expect(await allowed(schemaFormat(range), [...good, ...bad])).toEqual(good);
});

test('agrees with arithmetic about any bounds and any number', async () => {
  const hundredths = fc.integer({ min: -2_500, max: 2_500 });
  await fc.assert(
    fc.asyncProperty(
      hundredths,
      hundredths,
      fc.array(hundredths, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      async (a, b, values, isExclusive) => {
        fc.pre(a !== b);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const range = isExclusive
          ? { type: 'number', exclusiveMinimum: low / 100, exclusiveMaximum: high / 100 }
          : { type: 'number', minimum: low / 100, maximum: high / 100 };
        for (const value of [...values, low, high, low + 1, high - 1]) {
          const isWithin = isExclusive ? value > low && value < high : value >= low && value <= high;
          expect(await allows(schemaFormat(range), String(value / 100))).toBe(isWithin);
        }
      },
    ),
    { numRuns: 20 },
  );
});
