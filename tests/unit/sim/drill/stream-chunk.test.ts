import { expect, test } from 'vitest';
import { openEventReader, parseEvent } from '../../../../sim/drill/stream-chunk.ts';

const chunk = (choice: object) => JSON.stringify({ choices: [{ delta: {}, ...choice }] });

test.each([
  ['[DONE]', { kind: 'done' }],
  [
    JSON.stringify({ error: { code: 'worker_lost', message: 'x' } }),
    { kind: 'error', code: 'worker_lost', text: 'x' },
  ],
  [JSON.stringify({ error: { message: 'x' } }), { kind: 'error', code: 'without a code', text: 'x' }],
  [chunk({ delta: { role: 'assistant', content: '' } }), { kind: 'chunk', tokens: [], text: '' }],
  [
    chunk({ delta: { content: 'ä!' }, logprobs: { content: [{ bytes: [0xc3, 0xa4] }, { bytes: [0x21] }] } }),
    { kind: 'chunk', tokens: ['c3a4', '21'], text: 'ä!' },
  ],
  [chunk({ finish_reason: 'length' }), { kind: 'chunk', tokens: [], text: '', finishReason: 'length' }],
  [
    JSON.stringify({ choices: [], usage: { completion_tokens: 7 } }),
    { kind: 'chunk', tokens: [], text: '', completionTokens: 7 },
  ],
])('reads %s', (data, event) => {
  expect(parseEvent(data)).toStrictEqual(event);
});

test('refuses what is no event of a completion', () => {
  expect(() => parseEvent('{"choices": 1}')).toThrow();
  expect(() => parseEvent('{')).toThrow();
});

test('cuts events wherever the network cuts the text, and leaves comments out', () => {
  const seen: string[] = [];
  const read = openEventReader((data) => seen.push(data));
  const text = ': keep-alive\n\ndata: {"a": 1}\n\ndata: [DONE]\n\n';
  for (const letter of text) read(letter);
  read(text);
  expect(seen).toStrictEqual(['{"a": 1}', '[DONE]', '{"a": 1}', '[DONE]']);
});
