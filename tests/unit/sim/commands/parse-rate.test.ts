import { expect, test } from 'vitest';
import { parseRate } from '../../../../sim/commands/parse-rate.ts';

test.each([
  ['500kbit', 500_000],
  ['2mbit', 2_000_000],
  ['1.5 Gbit/s', 1_500_000_000],
  ['64000bit', 64_000],
  ['10Mbps', undefined],
  ['10Mbitps', 10_000_000],
  ['2mb', undefined],
  ['2', undefined],
  ['-1kbit', undefined],
  ['1e3bit', undefined],
])('reads %s as %s bits per second', (text, bits) => {
  expect(parseRate(text)).toBe(bits);
});
