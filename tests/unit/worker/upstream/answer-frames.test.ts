import { expect, test } from 'vitest';
import type { GenerateFrame } from '../../../../src/rpc/contract/generate.ts';
import { type AnswerOptions, createAnswerFrames } from '../../../../src/worker/upstream/answer-frames.ts';
import { parseChunk, type StreamChunk } from '../../../../src/worker/upstream/stream-chunk.ts';
import { thrown } from '../thrown.ts';
import { llamaEvents, plainEvents, type Step, vllmEvents } from './recorded.ts';
import { doneEvent } from './scripted-server.ts';
import { checkFrames } from './upstream-model.ts';

const usual: AnswerOptions = { stops: [], tokensMax: 64, wantsLogprobs: false, countsEndToken: true };

const chunksOf = (events: readonly unknown[]): StreamChunk[] =>
  events.filter((event) => event !== doneEvent).map((event) => parseChunk(JSON.stringify(event), {}));

function framesOf(chunks: readonly StreamChunk[], options: Partial<AnswerOptions> = {}): GenerateFrame[] {
  const answer = createAnswerFrames({ ...usual, ...options });
  const frames: GenerateFrame[] = [];
  for (const chunk of chunks) {
    const frame = answer.take(chunk);
    if (frame !== undefined) frames.push(frame);
    if (answer.isComplete) break;
  }
  return [...frames, ...answer.finish()];
}

test('sends the ids of vLLM without the one that ended the answer', () => {
  const steps: Step[] = [
    { text: 'Par', ids: [10] },
    { text: 'is.', ids: [11, 12] },
    { text: '', ids: [106] },
  ];
  for (const stopReason of [null, 106]) {
    expect(framesOf(chunksOf(vllmEvents(steps, { stopReason })))).toEqual([
      { seq: 0, ids: [10], text: 'Par' },
      { seq: 1, ids: [11, 12], text: 'is.' },
      { done: { finishReason: 'stop', usage: { promptTokens: 13, completionTokens: 3 } } },
    ]);
  }
});

test('keeps the last id where another one ended the answer, and where the length did', () => {
  const steps: Step[] = [
    { text: 'a', ids: [10] },
    { text: 'b', ids: [11] },
  ];
  const byOther = checkFrames(framesOf(chunksOf(vllmEvents(steps, { stopReason: 106 }))));
  expect(byOther.ids).toEqual([10, 11]);
  const byLength = checkFrames(framesOf(chunksOf(vllmEvents(steps, { reason: 'length' }))));
  expect(byLength).toMatchObject({ ids: [10, 11], finishReason: 'length', usage: { completionTokens: 2 } });
});

test('counts the tokens of llama-server, its end token left out', () => {
  expect(framesOf(chunksOf(llamaEvents(['Par', 'is'])))).toEqual([
    { seq: 0, ids: [], text: 'Par', tokens: 1 },
    { seq: 1, ids: [], text: 'is', tokens: 1 },
    { done: { finishReason: 'stop', usage: { promptTokens: 13, completionTokens: 2, cachedTokens: 8 } } },
  ]);
  expect(framesOf(chunksOf(llamaEvents([])))).toEqual([
    { done: { finishReason: 'stop', usage: { promptTokens: 13, completionTokens: 0, cachedTokens: 8 } } },
  ]);
});

test('counts chunks where a server counts nothing before its end, and the rest in the last frame', () => {
  const exact = checkFrames(framesOf(chunksOf(plainEvents(['a', 'b'])), { countsEndToken: false }));
  expect(exact).toMatchObject({ text: 'ab', usage: { promptTokens: 13, completionTokens: 2 } });
  const more = checkFrames(framesOf(chunksOf(plainEvents(['a', 'b'], 5)), { countsEndToken: false }));
  expect(more).toMatchObject({ text: 'ab', usage: { completionTokens: 5 } });
  const fewer = checkFrames(framesOf(chunksOf(plainEvents(['a', 'b'], 1)), { countsEndToken: false }));
  expect(fewer).toMatchObject({ text: 'ab', usage: { completionTokens: 2 } });
});

test.each<[string, string[], string[], string, string, number]>([
  ['in one token', ['Par', '.', 'is'], ['.'], 'Par', 'stop', 2],
  ['over tokens', ['Par', 'is', '.', 'x'], ['ris.'], 'Pa', 'stop', 3],
  ['at once', ['User', 'x'], ['Use'], '', 'stop', 1],
  ['that does not come', ['.', '\n', 'User'], ['\nUser:'], '.\nUser', 'stop', 3],
])('ends before a stop string %s', (_, texts, stops, text, finishReason, completionTokens) => {
  for (const events of [
    llamaEvents(texts),
    vllmEvents([...texts.map((each) => ({ text: each })), { text: '' }]),
  ]) {
    const answer = checkFrames(framesOf(chunksOf(events), { stops }));
    expect(answer).toMatchObject({ text, finishReason, usage: { promptTokens: 13, completionTokens } });
  }
});

test('gives held text with a token of its own when the length ends the answer', () => {
  expect(
    framesOf(chunksOf(llamaEvents(['.', '\n', 'User'], { reason: 'length' })), { stops: ['\nUser:'] }),
  ).toEqual([
    { seq: 0, ids: [], text: '.', tokens: 1 },
    { seq: 1, ids: [], text: '\nUser', tokens: 2 },
    { done: { finishReason: 'length', usage: { promptTokens: 13, completionTokens: 3, cachedTokens: 8 } } },
  ]);
});

test('needs nothing more of a server that has said how long the prompt is, once a stop string has come', () => {
  const early = createAnswerFrames({ ...usual, stops: ['.'] });
  early.take({ text: 'a.', ids: [1], promptTokens: 3 });
  expect(early.isComplete).toBe(true);
  const late = createAnswerFrames({ ...usual, stops: ['.'] });
  late.take({ text: 'a.', ids: [1] });
  expect(late.isComplete).toBe(false);
  expect(late.take({ text: 'more', ids: [2], promptTokens: 3 })).toBeUndefined();
  expect(late.isComplete).toBe(true);
  expect(checkFrames(late.finish())).toMatchObject({ text: 'a', ids: [1] });
});

test('joins halves of a character, and replaces one that stays alone', () => {
  const chunk = (text: string): StreamChunk => ({ text, ids: [5], promptTokens: 1 });
  const end: StreamChunk = { text: '', finishReason: 'length' };
  const whole = checkFrames(framesOf([chunk('a\ud83d'), chunk('\ude42b'), end]));
  expect(whole).toMatchObject({ text: 'a🙂b', usage: { completionTokens: 2 } });
  expect(checkFrames(framesOf([chunk('a\ud83d'), end])).text).toBe('a\ufffd');
  expect(checkFrames(framesOf([chunk('\ude42a'), end])).text).toBe('\ufffda');
});

test('keeps tokens without text for the next text, and text without a token for the next token', () => {
  const end: StreamChunk = { text: '', finishReason: 'length', promptTokens: 1 };
  const tokensFirst = framesOf([{ text: '', ids: [1, 2] }, { text: '🙂', ids: [3] }, end]);
  expect(tokensFirst[0]).toEqual({ seq: 0, ids: [1, 2, 3], text: '🙂' });
  const textFirst = framesOf([
    { text: 'a', completionTokens: 1 },
    { text: 'b', completionTokens: 1 },
    { text: 'c', completionTokens: 2 },
    end,
  ]);
  expect(textFirst.slice(0, 2)).toEqual([
    { seq: 0, ids: [], text: 'a', tokens: 1 },
    { seq: 1, ids: [], text: 'bc', tokens: 1 },
  ]);
  const textLast = framesOf([{ text: 'a', completionTokens: 1 }, { text: 'b', completionTokens: 1 }, end]);
  expect(checkFrames(textLast).text).toBe('ab');
});

test('gives log probabilities with the tokens that they are of', () => {
  const of = (text: string) => ({ text, bytes: [], logprob: -1, top: [] });
  const chunks: StreamChunk[] = [
    { text: 'a\nU', ids: [1], logprobs: [of('a\nU')], promptTokens: 1 },
    { text: 'x', ids: [2], logprobs: [of('x')] },
    { text: '', ids: [106], logprobs: [of('')], finishReason: 'stop' },
  ];
  expect(framesOf(chunks, { wantsLogprobs: true, stops: ['\nUser'] })).toEqual([
    { seq: 0, ids: [], text: 'a', logprobs: [] },
    { seq: 1, ids: [1, 2], text: '\nUx', logprobs: [of('a\nU'), of('x')] },
    { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: 2 } } },
  ]);
});

test.each<[string, StreamChunk[], RegExp]>([
  ['no end', [{ text: 'secret', ids: [1], promptTokens: 1 }], /its stream ended before the answer did/],
  ['no usage', [{ text: 'secret', ids: [1], finishReason: 'stop' }], /told no usage/],
  ['a filter', [{ text: '', finishReason: 'content_filter', promptTokens: 1 }], /\(content_filter\)/],
  ['a tool', [{ text: '', finishReason: 'tool_calls', promptTokens: 1 }], /\(tool_calls\)/],
  ['a name of every object', [{ text: '', finishReason: 'constructor', promptTokens: 1 }], /\(constructor\)/],
  ['a sentence', [{ text: '', finishReason: 'secret words', promptTokens: 1 }], /no end of one;/],
  ['too many tokens', [{ text: 'secret', completionTokens: 66, promptTokens: 1 }], /more tokens than the 64/],
])('refuses an answer with %s', (_, chunks, reason) => {
  const error = thrown(() => framesOf(chunks));
  expect(error.code).toBe('RPC_GENERATION_FAILED');
  expect(error.message).toMatch(reason);
  expect(error.message).not.toContain('secret');
});
