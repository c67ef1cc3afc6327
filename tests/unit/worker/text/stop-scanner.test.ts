import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStopScanner } from '../../../../src/worker/text/stop-scanner.ts';

function scanAll(stops: readonly string[], parts: readonly string[]) {
  const scanner = createStopScanner(stops);
  const scans = parts.map((part) => scanner.push(part));
  return {
    texts: scans.map(({ text }) => text),
    isStopped: scans.some((scan) => scan.isStopped),
    rest: scanner.finish(),
  };
}

test.each<[string, string[], string[], { texts: string[]; isStopped: boolean; rest: string }]>([
  ['passes text on without stop strings', [], ['a', 'b'], { texts: ['a', 'b'], isStopped: false, rest: '' }],
  [
    'cuts before the stop string',
    ['END'],
    ['one END two', 'x'],
    { texts: ['one ', ''], isStopped: true, rest: '' },
  ],
  [
    'finds a stop string that tokens cut',
    ['\nUser:'],
    ['Paris.', '\n', 'Us', 'er', ': What', ' is'],
    { texts: ['Paris.', '', '', '', '', ''], isStopped: true, rest: '' },
  ],
  [
    'gives back what did not become a stop string',
    ['\nUser:'],
    ['a\n', 'Us', 'a'],
    { texts: ['a', '', '\nUsa'], isStopped: false, rest: '' },
  ],
  [
    'gives the text still held back at the end',
    ['\nUser:'],
    ['a\nUse'],
    { texts: ['a'], isStopped: false, rest: '\nUse' },
  ],
  [
    'sees a stop string that starts inside a failed one',
    ['aab'],
    ['a', 'a', 'a', 'b'],
    { texts: ['', '', 'a', ''], isStopped: true, rest: '' },
  ],
  [
    'takes the one that is complete first',
    ['bcd', 'c'],
    ['abcd'],
    { texts: ['ab'], isStopped: true, rest: '' },
  ],
  [
    'takes the longer of two that end together',
    ['b', 'ab'],
    ['xab'],
    { texts: ['x'], isStopped: true, rest: '' },
  ],
  [
    'holds back no half of a character',
    ['🙂!'],
    ['a🙂', '🙂'],
    { texts: ['a', '🙂'], isStopped: false, rest: '🙂' },
  ],
])('%s', (_, stops, parts, expected) => {
  expect(scanAll(stops, parts)).toEqual(expected);
});

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });
const stopStrings = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 5 }),
  { maxLength: 5 },
);

test('gives the same answer however the text is cut, and nothing of or behind a stop string', () => {
  fc.assert(
    fc.property(stopStrings, fc.array(letters), (stops, parts) => {
      const scan = scanAll(stops, parts);
      const whole = parts.join('');
      const ends = stops.flatMap((stop) => (whole.includes(stop) ? [whole.indexOf(stop) + stop.length] : []));
      const end = Math.min(...ends);
      const starts = stops
        .filter((stop) => whole.slice(0, end).endsWith(stop))
        .map((stop) => end - stop.length);
      const expected = ends.length === 0 ? whole : whole.slice(0, Math.min(...starts));
      expect(scan.isStopped).toBe(ends.length > 0);
      expect(scan.texts.join('') + scan.rest).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});

test('holds back no more than could still become a stop string', () => {
  fc.assert(
    fc.property(stopStrings, fc.array(letters), (stops, parts) => {
      const { rest } = scanAll(stops, parts);
      expect(rest === '' || stops.some((stop) => stop.startsWith(rest))).toBe(true);
    }),
  );
});

test('scans a long stop string that never completes in time that grows with the text', () => {
  const scanner = createStopScanner([`${'a'.repeat(100_000)}b`]);
  const startedAt = performance.now();
  const given = Array.from({ length: 2_000 }, () => scanner.push('a'.repeat(100)).text).join('');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(given + scanner.finish()).toBe('a'.repeat(200_000));
});

test('takes a lone surrogate in a stop string as U+FFFD, as text never holds one', () => {
  expect(scanAll(['\ude42'], ['🙂\ufffd'])).toEqual({ texts: ['🙂'], isStopped: true, rest: '' });
});

test('blames an empty stop string on the program', () => {
  expect(() => createStopScanner([''])).toThrow(TypeError);
});
