import { expect, test } from 'vitest';
import { printable } from '../../../../sim/escape.ts';
import { progressBar, seconds } from '../../../../sim/up/report.ts';

test('does not let a model’s answer steer the terminal', () => {
  expect(printable('a\u001b[2Jb\u0007c\u009bd\r\u000b')).toBe(
    'a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}\u{fffd}',
  );
  expect(printable('two\nlines\tand ünï 😀')).toBe('two\nlines\tand ünï 😀');
});

test.each([
  { done: 0, total: 0, bar: '[                              ]   0 %  0.0 of 0.0 MB' },
  { done: 126_556_512, total: 253_113_024, bar: '[===============               ]  50 %  127 of 253 MB' },
  { done: 300, total: 200, bar: '[==============================] 100 %  0.0 of 0.0 MB' },
])('draws $done of $total bytes', ({ done, total, bar }) => {
  expect(progressBar(done, total)).toBe(bar);
});

test('writes a time as a person says it', () => {
  expect([seconds(4.4), seconds(999), seconds(1_000), seconds(17_340)]).toStrictEqual([
    '4 ms',
    '999 ms',
    '1.0 s',
    '17.3 s',
  ]);
});
