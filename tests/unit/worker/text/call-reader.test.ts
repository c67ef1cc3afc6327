import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallPiece } from '../../../../src/rpc/contract/tools.ts';
import { createCallReader } from '../../../../src/worker/text/call-reader.ts';

function readAll(parts: readonly string[], { isOpen = false, isCut = false } = {}) {
  const reader = createCallReader(isOpen);
  const texts: string[] = [];
  const pieces: CallPiece[] = [];
  for (const part of parts) {
    const { text, calls } = reader.push(part);
    texts.push(text);
    pieces.push(...calls);
  }
  texts.push(reader.finish(isCut));
  return { text: texts.join(''), calls: gather(pieces), pieces, state: reader.state };
}

function gather(pieces: readonly CallPiece[]) {
  const calls: { name: string | undefined; arguments: string }[] = [];
  for (const { index, name, arguments: more } of pieces) {
    const begun = calls[index];
    // Named once, and in order.
    expect(name === undefined).toBe(begun !== undefined);
    if (begun === undefined) expect(index).toBe(calls.length);
    calls[index] = { name: name ?? begun?.name, arguments: (begun?.arguments ?? '') + more };
  }
  return calls;
}

const nested = '{"a":"}]\\"{","b":[{"c":{}},"\\\\"]}';
const marker = '```tool_code\n';
const call = (name: string, given = '{}') => `{"name": "${name}", "parameters": ${given}}`;

const cases: readonly (readonly [answer: string, text: string, calls: readonly object[], state: string])[] = [
  ['Hello', 'Hello', [], 'text'],
  ['', '', [], 'text'],
  [`${marker}${call('now')}`, '', [{ name: 'now', arguments: '{}' }], 'whole'],
  [`Look:\n${marker}${call('f-1', nested)}`, 'Look:\n', [{ name: 'f-1', arguments: nested }], 'whole'],
  [
    `${marker}[${call('a', nested)}, ${call('b')}]`,
    '',
    [
      { name: 'a', arguments: nested },
      { name: 'b', arguments: '{}' },
    ],
    'whole',
  ],
  [`${marker}[${call('a')}`, '', [{ name: 'a', arguments: '{}' }], 'calls'],
  [`${marker}[${call('a')}, {"name": "b"`, '', [{ name: 'a', arguments: '{}' }], 'calls'],
  [`${marker}{"name": "a", "parameters": {"x":`, '', [{ name: 'a', arguments: '{"x":' }], 'calls'],
  [`${marker}{"na`, '', [], 'calls'],
  [`\`\`\`\`tool_code\n${call('a')}`, '`', [{ name: 'a', arguments: '{}' }], 'whole'],
  ['```ts\n1\n```', '```ts\n1\n```', [], 'text'],
];

test.each(cases)('reads %j however it comes', (answer, text, calls, state) => {
  fc.assert(
    fc.property(fc.array(fc.nat(answer.length), { maxLength: 8 }), (cuts) => {
      const borders = [0, ...cuts.toSorted((one, other) => one - other), answer.length];
      const parts = borders.slice(1).map((end, at) => answer.slice(borders[at], end));
      expect(readAll(parts)).toMatchObject({ text, calls, state });
    }),
    { numRuns: 30 },
  );
  expect(readAll([...answer])).toMatchObject({ text, calls, state });
});

test('gives arguments as they come, and what may be a marker only when it is none', () => {
  const parts = ['a `', '``tool', '_code', '\n{"name": "f", "para', 'meters": {"x', '": 1', '}', '}'];
  const reader = createCallReader(false);
  expect(parts.map((part) => reader.push(part))).toEqual([
    { text: 'a ', calls: [] },
    { text: '', calls: [] },
    { text: '', calls: [] },
    { text: '', calls: [] },
    { text: '', calls: [{ index: 0, name: 'f', arguments: '{"x' }] },
    { text: '', calls: [{ index: 0, arguments: '": 1' }] },
    { text: '', calls: [{ index: 0, arguments: '}' }] },
    { text: '', calls: [] },
  ]);
});

test.each([
  ['x```tool_c', 'x'],
  ['x```', 'x```'],
  ['x```to', 'x'],
])('an answer that is cut behind %j gives no half of a marker', (answer, text) => {
  expect(readAll([answer], { isCut: true }).text).toBe(text);
  // One that ends by itself has said it.
  expect(readAll([answer]).text).toBe(answer);
});

test('begins inside of a block where the prompt opened it', () => {
  expect(readAll([call('now')], { isOpen: true })).toMatchObject({
    text: '',
    calls: [{ name: 'now', arguments: '{}' }],
    state: 'whole',
  });
});
