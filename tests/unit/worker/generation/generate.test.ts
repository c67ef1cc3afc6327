import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import {
  doneFrameSchema,
  type FinishReason,
  type GenerateFrame,
  type GenerateRequest,
  tokenFrameSchema,
} from '../../../../src/rpc/contract/generate.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { type GenerateOptions, generate } from '../../../../src/worker/generation/generate.ts';
import type { Model } from '../../../../src/worker/generation/model.ts';
import { type RequestChanges, requestOf, scriptedModel, untilAborted } from './scripted-model.ts';

const pieces = ['▁Par', 'is', '.', '\n', 'User', ':', '▁x'];

function optionsOf(changes: Partial<GenerateOptions> = {}): GenerateOptions {
  return { signal: new AbortController().signal, now: Date.now, drawSeed: () => 1, ...changes };
}

/** Checks what holds for every answer, and returns it. */
async function answerOf(model: Model, request: GenerateRequest, options = optionsOf()) {
  const frames: GenerateFrame[] = [];
  for await (const frame of generate(model, request, options)) frames.push(frame);
  const { done } = doneFrameSchema.parse(frames.pop());
  const tokens = frames.map((frame) => tokenFrameSchema.parse(frame));
  expect(tokens.map(({ seq }) => seq)).toEqual(tokens.map((_, at) => at));
  const ids = tokens.flatMap((frame) => frame.ids);
  expect(done.usage.completionTokens).toBe(ids.length);
  // A last frame without a token could be lost and nobody would know.
  expect(tokens.at(-1)?.ids).not.toEqual([]);
  return {
    ...done,
    ids,
    texts: tokens.map(({ text }) => text),
    text: tokens.map(({ text }) => text).join(''),
  };
}

async function errorOf(model: Model, request: GenerateRequest, options = optionsOf()): Promise<DrydockError> {
  const error = await answerOf(model, request, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof DrydockError)) throw new Error('it did not throw a DrydockError', { cause: error });
  return error;
}

test('feeds the prompt at once, then each token, and streams them', async () => {
  const model = scriptedModel({ pieces, answer: ['▁Par', 'is', '.', '<eos>'] });
  const request = requestOf();
  const answer = await answerOf(model, request);
  const prompt = model.chat.encode(request.messages);
  expect(answer).toMatchObject({
    texts: [' Par', 'is', '.'],
    finishReason: 'stop',
    usage: { promptTokens: prompt.length, completionTokens: 3 },
  });
  expect(model.fed).toEqual([prompt, ...answer.ids.map((id) => [id])]);
  expect(model.open.size).toBe(0);
});

test.each<[string, string[], Partial<GenerateRequest['sampling']>, string, FinishReason, number]>([
  ['the end token', ['is', '<eos>', 'is'], {}, 'is', 'stop', 1],
  ['an end token at once', ['<eos>'], {}, '', 'stop', 0],
  ['maxTokens', ['is'], { maxTokens: 3 }, 'isisis', 'length', 3],
  ['the end token on the last token that is allowed', ['is', '<eos>'], { maxTokens: 2 }, 'is', 'stop', 1],
  ['a stop string in one token', ['▁Par', '.', 'is'], { stop: ['.'] }, ' Par', 'stop', 2],
  ['a stop string over tokens', ['▁Par', 'is', '.', 'is'], { stop: ['ris.'] }, ' Pa', 'stop', 3],
  [
    'a stop string on the last token that is allowed',
    ['is', '.'],
    { stop: ['.'], maxTokens: 2 },
    'is',
    'stop',
    2,
  ],
  ["the format's own stop string", ['.', '\n', 'User', ':', '▁x'], {}, '.', 'stop', 4],
])('ends at %s', async (_, answer, sampling, text, finishReason, completionTokens) => {
  const result = await answerOf(scriptedModel({ pieces, answer }), requestOf({ sampling }));
  expect(result).toMatchObject({ text, finishReason, usage: { completionTokens } });
});

test('gives text that was held back when the answer ends without the stop string', async () => {
  const byEnd = scriptedModel({ pieces, answer: ['.', '\n', 'User', '<eos>'] });
  expect(await answerOf(byEnd, requestOf())).toMatchObject({
    texts: ['.', '', '', '\nUser'],
    finishReason: 'stop',
  });
  const byLength = scriptedModel({ pieces, answer: ['.', '\n', 'User'] });
  const request = requestOf({ sampling: { maxTokens: 3 } });
  expect(await answerOf(byLength, request)).toMatchObject({
    texts: ['.', '', '', '\nUser'],
    finishReason: 'length',
  });
});

test('gives a token whose text was held in part with the rest of its text', async () => {
  const model = scriptedModel({ pieces: ['is\nU', 'se'], answer: ['is\nU', 'se', '<eos>'] });
  const frames: GenerateFrame[] = [];
  for await (const frame of generate(model, requestOf(), optionsOf())) frames.push(frame);
  const [first, second] = ['is\nU', 'se'].map((piece) => model.vocabulary.tokens.indexOf(piece));
  expect(frames.slice(0, -1)).toEqual([
    { seq: 0, ids: [], text: 'is' },
    { seq: 1, ids: [first], text: '' },
    { seq: 2, ids: [second], text: '\nUse' },
  ]);
});

test('sends no half of a character', async () => {
  const model = scriptedModel({ answer: ['<0xF0>', '<0x9F>', '<0x99>', '<0x82>', '<eos>'] });
  expect(await answerOf(model, requestOf())).toMatchObject({ texts: ['', '', '', '🙂'] });
  const cut = requestOf({ sampling: { maxTokens: 3 } });
  expect(await answerOf(model, cut)).toMatchObject({
    text: '',
    finishReason: 'length',
    usage: { completionTokens: 3 },
  });
});

test('stops where prompt and answer fill the context', async () => {
  const request = requestOf({ sampling: { maxTokens: 1_000 } });
  const promptTokens = scriptedModel({ answer: ['a'] }).chat.encode(request.messages).length;
  const model = scriptedModel({ pieces, answer: ['is'], contextTokensMax: promptTokens + 5 });
  expect(await answerOf(model, request)).toMatchObject({
    finishReason: 'length',
    usage: { completionTokens: 5 },
  });
});

test('draws the same answer for the same seed, and its own seed without one', async () => {
  // Flat logits: every token is as likely as any other.
  const flat = () => scriptedModel({ answer: ['nothing of this name'] });
  const request = (seed?: number) =>
    requestOf({ sampling: { temperature: 2, ...(seed === undefined ? {} : { seed }) } });
  const first = await answerOf(flat(), request(7));
  expect(await answerOf(flat(), request(7))).toEqual(first);
  expect((await answerOf(flat(), request(8))).ids).not.toEqual(first.ids);
  expect(await answerOf(flat(), request(), optionsOf({ drawSeed: () => 7 }))).toEqual(first);
});

test('refuses a prompt that fills the context, and says the numbers', async () => {
  const request = requestOf();
  const promptTokens = scriptedModel({ answer: ['a'] }).chat.encode(request.messages).length;
  const fits = scriptedModel({ pieces, answer: ['is'], contextTokensMax: promptTokens + 1 });
  expect(await answerOf(fits, request)).toMatchObject({
    finishReason: 'length',
    usage: { completionTokens: 1 },
  });
  const tight = scriptedModel({ pieces, answer: ['is'], contextTokensMax: promptTokens });
  const error = await errorOf(tight, request);
  expect(error.code).toBe('RPC_REQUEST_INVALID');
  expect(error.message).toBe(
    `could not start the answer: the conversation takes ${promptTokens} tokens and the context holds ${promptTokens}, answer included; shorten the conversation`,
  );
  expect(tight.fed).toEqual([]);
});

test('refuses a hopelessly long prompt without encoding it', async () => {
  const model = scriptedModel({ answer: ['a'], contextTokensMax: 100 });
  const encode = () => {
    throw new Error('it was encoded');
  };
  const guarded = { ...model, chat: { ...model.chat, encode } };
  const content = 'a'.repeat(100 * model.tokenizer.tokenLengthMax + 1);
  const error = await errorOf(guarded, requestOf({ messages: [{ role: 'user', content }] }));
  expect(error.code).toBe('RPC_REQUEST_INVALID');
  expect(error.message).toMatch(/601 characters are more than the 100 tokens of its context can hold/);
});

test.each<[string, RequestChanges, string, RegExp]>([
  ['another model', { model: 'other' }, 'RPC_MODEL_UNKNOWN', /this worker serves "scripted" alone/],
  [
    'roles that do not alternate',
    { messages: [{ role: 'assistant', content: 'secret' }] },
    'RPC_REQUEST_INVALID',
    /message 1 is from "assistant" where "user" is due/,
  ],
  [
    'a deadline that has passed',
    { deadlineUnixMs: 1 },
    'RPC_DEADLINE_EXCEEDED',
    /its deadline, -?\d+ ms from its arrival, has passed \(prompt of 0 tokens, 0 answered\); allow more time/,
  ],
])('refuses %s before it runs the model', async (_, changes, code, message) => {
  const model = scriptedModel({ answer: ['a'] });
  const error = await errorOf(model, requestOf(changes));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('secret');
  expect(model.fed).toEqual([]);
});

test('ends at the deadline between tokens, with what was reached', async () => {
  let now = 1_000;
  const onFeed = () => {
    now += 100;
  };
  const model = scriptedModel({ pieces, answer: ['is'], onFeed });
  const error = await errorOf(model, requestOf({ deadlineUnixMs: 1_250 }), optionsOf({ now: () => now }));
  expect(error.code).toBe('RPC_DEADLINE_EXCEEDED');
  expect(error.message).toMatch(
    /its deadline, 250 ms from its arrival, has passed \(prompt of \d+ tokens, 2 answered\)/,
  );
  expect(model.open.size).toBe(0);
});

test('ends at the deadline within a long prompt', async () => {
  const model = scriptedModel({ answer: ['a'], onFeed: (_, options) => untilAborted(options) });
  const error = await errorOf(model, requestOf({ deadlineUnixMs: Date.now() + 20 }));
  expect(error.code).toBe('RPC_DEADLINE_EXCEEDED');
  expect(model.open.size).toBe(0);
});

test('ends on abort before the first token', async () => {
  const controller = new AbortController();
  const onFeed = (_: number, options: Parameters<typeof untilAborted>[0]) => {
    queueMicrotask(() => controller.abort());
    return untilAborted(options);
  };
  const model = scriptedModel({ answer: ['a'], onFeed });
  const error = await errorOf(model, requestOf(), optionsOf({ signal: controller.signal }));
  expect(error.code).toBe('RPC_CANCELLED');
  expect(model.open.size).toBe(0);
});

test('ends on abort between tokens, and gives no more', async () => {
  const controller = new AbortController();
  const model = scriptedModel({ pieces, answer: ['is'] });
  const frames: GenerateFrame[] = [];
  const consume = async () => {
    for await (const frame of generate(model, requestOf(), optionsOf({ signal: controller.signal }))) {
      frames.push(frame);
      if (frames.length === 2) controller.abort();
    }
  };
  await expect(consume()).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
  expect(frames).toHaveLength(2);
  expect(model.open.size).toBe(0);
});

test('gives its sequence back when nobody reads on', async () => {
  const model = scriptedModel({ pieces, answer: ['is'] });
  for await (const frame of generate(model, requestOf(), optionsOf())) {
    expect(frame).toMatchObject({ seq: 0 });
    expect(model.open.size).toBe(1);
    break;
  }
  expect(model.open.size).toBe(0);
  expect(model.fed).toHaveLength(1);
});

test('leaves no timer and no listener behind', async () => {
  const { signal } = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  let during = { timers: 0, listeners: 0 };
  const onFeed = () => {
    during = { timers: timers(), listeners: getEventListeners(signal, 'abort').length };
  };
  await answerOf(scriptedModel({ answer: ['<eos>'], onFeed }), requestOf(), optionsOf({ signal }));
  expect(during).toEqual({ timers: before + 1, listeners: 1 });
  expect(timers()).toBe(before);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.each<[string, Error, RegExp]>([
  [
    'an expected failure',
    new DrydockError('WORKER_RUN_FAILED', 'could not run the model: x; y'),
    /could not run the model: x; y/,
  ],
  [
    'an unexpected one, whose text stays inside',
    new Error('secret'),
    /the worker failed in a way it does not know/,
  ],
])('reports %s of the model', async (_, failure, message) => {
  const model = scriptedModel({
    answer: ['a'],
    onFeed: (feed) => (feed === 1 ? Promise.reject(failure) : undefined),
  });
  const error = await errorOf(model, requestOf());
  expect(error.code).toBe('RPC_GENERATION_FAILED');
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('secret');
  expect(error.cause).toBe(failure);
  expect(model.open.size).toBe(0);
});
