import { expect, test } from 'vitest';
import { integerText } from '../../../src/rpc/contract/integer-text.ts';

test.each([
  ['1', 1],
  ['12', 12],
  ['007', 7],
])('takes "%s"', (text, expected) => {
  expect(integerText(1, 12).parse(text)).toBe(expected);
});

test.each(['', ' ', ' 4 ', '4\n', '+4', '-4', '4.0', '1e1', '0x4', '٤', '0', '13', '99999999999999999999'])(
  'refuses "%s" and says what is due',
  (text) => {
    const { error } = integerText(1, 12).safeParse(text);
    expect(error?.issues.map(({ message }) => message)).toEqual(['is not a whole number from 1 to 12']);
  },
);
