import { expect, test } from 'vitest';
import { renderLogLine } from '../../../../sim/hands/log-line.ts';

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test.each([
  [
    { level: 30, time, program: 'worker', event: 'ready', slots: 4, zone: 'eu-west-1a', msg: 'serving' },
    '03:04:05.678 info  ready (serving) slots=4 zone=eu-west-1a',
  ],
  [{ level: 30, time, event: 'stopping', msg: 'stopping' }, '03:04:05.678 info  stopping'],
  [{ level: 60, time, msg: 'it broke' }, '03:04:05.678 FATAL it broke'],
  [
    { level: 40, time, event: 'x', reason: 'two words', list: [1, { a: 2 }], none: null, empty: '' },
    '03:04:05.678 warn  x reason="two words" list=[1,{"a":2}] none=null empty=""',
  ],
  [{ level: 35, event: 'x' }, '--:--:--.--- 35    x'],
])('renders %j', (fields, line) => {
  expect(renderLogLine(JSON.stringify(fields))).toBe(line);
});

test.each([
  ['what is no JSON', 'Segmentation fault', 'Segmentation fault'],
  ['what is no object', '[1,2]', '[1,2]'],
  ['what a terminal would obey', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
  [
    'what a terminal would obey in a field',
    JSON.stringify({ level: 30, time, msg: 'a\u001b[2Jb' }),
    '03:04:05.678 info  a\\u{1b}[2Jb',
  ],
])('leaves %s as it is, made visible', (_what, line, shown) => {
  expect(renderLogLine(line)).toBe(shown);
});
