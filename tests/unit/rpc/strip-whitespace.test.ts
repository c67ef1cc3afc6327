import { expect, test } from 'vitest';
import { stripWhitespace } from '../../../src/rpc/contract/strip-whitespace.ts';

// What Python 3's str.strip() gives for each of these code points around a letter.
const stripped = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028,
  0x2029, 0x202f, 0x205f, 0x3000,
];
const kept = [0x00, 0x08, 0x1b, 0x7f, 0x180e, 0x200b, 0x2060, 0xfeff];
const name = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

test.each(stripped.map((code) => [name(code), code] as const))('strips %s at both ends', (_, code) => {
  const space = String.fromCharCode(code);
  expect(stripWhitespace(`${space}${space}a${space}b${space}`)).toBe(`a${space}b`);
});

test.each(kept.map((code) => [name(code), code] as const))('keeps %s', (_, code) => {
  const character = String.fromCharCode(code);
  expect(stripWhitespace(`${character}a${character}`)).toBe(`${character}a${character}`);
});

test.each(['', ' ', ' \n\t '])('leaves nothing of blanks alone: %j', (text) => {
  expect(stripWhitespace(text)).toBe('');
});
