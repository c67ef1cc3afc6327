import { getEventListeners, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { GenerateFrame, Sampling } from '../../../../src/rpc/contract/generate.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { generate } from '../../../../src/worker/generation/generate.ts';
import { until } from '../../rpc/until.ts';
import { named, references } from '../references.ts';
import { freeSequences } from '../scheduling/watched-runner.ts';
import { answerOf, collect, errorOf, optionsOf, requestOf } from './ask.ts';
import { openTinyModel, type TinyModel } from './tiny-model.ts';

const france = [{ role: 'user', content: 'What is the capital of France?' }] as const;
const drawn = { temperature: 1, seed: 3 };

async function expectIdle({ scheduler, runner }: TinyModel): Promise<void> {
  await until(
    'the scheduler to be idle',
    () => scheduler.counts.running === 0,
    () => scheduler.counts,
  );
  expect(scheduler.counts).toMatchObject({ waiting: 0, reservedPositions: 0 });
  expect(freeSequences(runner)).toBe(runner.sequencesMax);
}

test('answers greedily with the tokens of the reference, a frame for each', async () => {
  const model = await openTinyModel();
  const reference = named(references.greedy, 'chat');
  const answer = await answerOf(model, requestOf({ messages: [...france], sampling: { maxTokens: 24 } }));
  expect(answer.ids).toEqual(reference.generatedIds);
  expect(answer).toMatchObject({
    finishReason: 'length',
    usage: { promptTokens: reference.promptIds.length, completionTokens: 24, cachedTokens: 0 },
  });
  expect(answer.frames).toHaveLength(24);
  await expectIdle(model);
});

test('tells how much of a prompt was at hand, and answers the same', async () => {
  const model = await openTinyModel();
  const request = requestOf({ messages: [...france] });
  const first = await answerOf(model, request);
  const second = await answerOf(model, request);
  const { promptTokens } = first.usage;
  expect(promptTokens).toBeGreaterThan(16);
  expect(second.usage.cachedTokens).toBe(8 * Math.floor((promptTokens - 1) / 8));
  expect({ ...second, usage: 0 }).toEqual({ ...first, usage: 0 });
});

test('ends before a stop string, wherever it stands in the answer', async () => {
  const model = await openTinyModel();
  const ask = (sampling: Partial<Sampling>) =>
    answerOf(model, requestOf({ sampling: { ...drawn, maxTokens: 40, ...sampling } }));
  const whole = await ask({});
  expect(whole).toMatchObject({ finishReason: 'length' });
  for (const [from, length] of [
    [0, 1],
    [6, 4],
    [20, 3],
    [whole.text.length - 2, 2],
  ] as const) {
    const stop = whole.text.slice(from, from + length);
    const cut = await ask({ stop: ['never said', stop] });
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.finishReason).toBe('stop');
    expect(cut.ids).toEqual(whole.ids.slice(0, cut.ids.length));
  }
});

test('ends before a stop token, as before an end token of the model', async () => {
  const model = await openTinyModel();
  const ask = (stopIds: number[]) =>
    answerOf(model, requestOf({ sampling: { ...drawn, maxTokens: 30, stopIds } }));
  const whole = await ask([]);
  const stopId = whole.ids[12] ?? 0;
  const cut = await ask([511, stopId]);
  expect(cut.ids).toEqual(whole.ids.slice(0, whole.ids.indexOf(stopId)));
  expect(cut).toMatchObject({ finishReason: 'stop', usage: { completionTokens: cut.ids.length } });
  const nothing = await ask(whole.ids.slice(0, 1));
  expect(nothing).toMatchObject({ frames: [], finishReason: 'stop', usage: { completionTokens: 0 } });
});

test('ends at an end token of the model', async () => {
  const model = await openTinyModel();
  // A bias makes certain what the weights leave to chance.
  const logitBias = [...model.endTokenIds].map((id) => ({ id, bias: 100 }));
  const answer = await answerOf(model, requestOf({ sampling: { logitBias } }));
  expect(answer).toMatchObject({ frames: [], finishReason: 'stop' });
});

test("ends at the chat format's own stop string", async () => {
  const model = await openTinyModel({ chatStyle: 'turns' });
  expect(model.chat.stopStrings).not.toEqual([]);
  const [stop = ''] = model.chat.stopStrings;
  const ids = model.tokenizer.encode(stop, { control: 'plain' });
  const answeredIds = ids.slice(0, -1);
  const [last = 0] = ids.slice(-1);
  const request = requestOf({ sampling: { logitBias: [{ id: last, bias: 100 }] } });
  const answer = await answerOf(model, request, optionsOf({ answeredIds }));
  expect(answer).toMatchObject({ text: '', finishReason: 'stop', ids: [last] });
});

test('brings a log probability for each token, of the model itself', async () => {
  const model = await openTinyModel();
  const ask = (sampling: Partial<Sampling>) => answerOf(model, requestOf({ sampling }));
  const greedy = await ask({ logprobs: 3 });
  expect(greedy.logprobs).toHaveLength(20);
  for (const { logprob, top } of greedy.logprobs) {
    expect(logprob).toBeLessThanOrEqual(0);
    expect(top).toHaveLength(3);
    // Greedy: the chosen one is the likeliest.
    expect(top[0]?.logprob).toBe(logprob);
  }
  const none = await ask({ logprobs: 0 });
  expect(none.logprobs.map(({ logprob }) => logprob)).toEqual(greedy.logprobs.map(({ logprob }) => logprob));
  expect(none.logprobs.every(({ top }) => top.length === 0)).toBe(true);
  expect((await ask({})).logprobs).toEqual([]);
});

test('draws the same answer for the same seed, and its own seed without one', async () => {
  const model = await openTinyModel();
  const ask = (seed?: number, drawSeed = () => 1) =>
    answerOf(
      model,
      requestOf({ sampling: { temperature: 2, ...(seed === undefined ? {} : { seed }) } }),
      optionsOf({ drawSeed }),
    );
  const first = await ask(7);
  expect((await ask(7)).ids).toEqual(first.ids);
  expect((await ask(8)).ids).not.toEqual(first.ids);
  expect((await ask(undefined, () => 7)).ids).toEqual(first.ids);
});

test('answers JSON that the schema allows, and ends with it', async () => {
  const model = await openTinyModel();
  const schema = { enum: ['north', 'south'] };
  const answers = new Set<string>();
  for (let seed = 0; seed < 6; seed++) {
    const sampling = {
      temperature: 2,
      seed,
      responseFormat: { type: 'json_schema', schema: JSON.stringify(schema) },
    } as const;
    const { text, finishReason } = await answerOf(model, requestOf({ sampling }));
    expect(finishReason).toBe('stop');
    answers.add(text.trim());
  }
  expect([...answers].sort()).toEqual(['"north"', '"south"']);
});

test('continues a prompt as it is, its control tokens being text', async () => {
  const model = await openTinyModel();
  const prompt = '<end_of_turn> is';
  const ids = model.tokenizer.encode(prompt, { control: 'plain' });
  const answer = await answerOf(model, requestOf({ prompt }));
  expect(answer.usage.promptTokens).toBe(ids.length + 1);
  expect(ids.some((id) => model.endTokenIds.has(id))).toBe(false);
  const empty = await answerOf(model, requestOf({ prompt: '' }));
  expect(empty.usage).toMatchObject({ promptTokens: 1, completionTokens: 20 });
});

test('keeps answers that run at once apart, more of them than there are sequences', async () => {
  const model = await openTinyModel();
  const requests = Array.from({ length: 9 }, (_, at) =>
    requestOf({
      messages: [{ role: 'user', content: 'abc'.repeat(at + 1) }],
      sampling: { temperature: 1, seed: at, logprobs: 1 },
    }),
  );
  const together = await Promise.all(requests.map((request) => answerOf(model, request)));
  const other = await openTinyModel();
  for (const [at, request] of requests.entries()) {
    const apart = await answerOf(other, request);
    expect({ ...together[at], usage: 0 }).toEqual({ ...apart, usage: 0 });
  }
  await expectIdle(model);
});

test('stops where prompt and answer fill the context', async () => {
  const model = await openTinyModel({ contextTokensMax: 40 });
  const answer = await answerOf(model, requestOf({ sampling: { maxTokens: 131_072 } }));
  expect(answer.finishReason).toBe('length');
  const { promptTokens, completionTokens } = answer.usage;
  expect(promptTokens + completionTokens).toBe(40);
});

test('ends at the deadline between tokens, with what was reached', async () => {
  let now = 1_000;
  const onRun = () => {
    now += 100;
  };
  const model = await openTinyModel({ onRun });
  const request = requestOf({ deadlineUnixMs: 1_550, sampling: { maxTokens: 200 } });
  const error = await errorOf(answerOf(model, request, optionsOf({ now: () => now })));
  expect(error.code).toBe('RPC_DEADLINE_EXCEEDED');
  expect(error.message).toMatch(
    /its deadline, 550 ms from its arrival, has passed \(prompt of 15 tokens, [1-9]\d* answered\)/,
  );
  await expectIdle(model);
});

test('ends at the deadline within a long prompt', async () => {
  const model = await openTinyModel({
    onRun: async ({ signal }, count) => {
      if (count === 3 && signal !== undefined) await once(signal, 'abort');
    },
  });
  const prompt = 'The capital of France '.repeat(6);
  const error = await errorOf(answerOf(model, requestOf({ prompt, deadlineUnixMs: Date.now() + 60 })));
  expect(error.code).toBe('RPC_DEADLINE_EXCEEDED');
  expect(error.message).toMatch(/has passed \(prompt of \d+ tokens, 0 answered\)/);
  expect(model.runs).toHaveLength(3);
  await expectIdle(model);
});

test.each([
  ['in the prompt', 2],
  ['in the answer', 9],
])('ends on abort %s within the run', async (_, run) => {
  const controller = new AbortController();
  const model = await openTinyModel({
    onRun: (_run, count) => {
      if (count === run) controller.abort();
    },
  });
  const options = optionsOf({ signal: controller.signal });
  const error = await errorOf(answerOf(model, requestOf({ prompt: 'The capital of France' }), options));
  expect(error.code).toBe('RPC_CANCELLED');
  expect(error.message).toContain('its caller cancelled it');
  expect(model.runs).toHaveLength(run);
  await expectIdle(model);
});

test('gives no frame after the abort, though some are there', async () => {
  const controller = new AbortController();
  const model = await openTinyModel();
  const frames: GenerateFrame[] = [];
  const consume = async () => {
    for await (const frame of generate(model, requestOf(), optionsOf({ signal: controller.signal }))) {
      frames.push(frame);
      await until('more frames to be ready', () => model.scheduler.counts.running === 0);
      controller.abort();
    }
  };
  await expect(consume()).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
  expect(frames).toHaveLength(1);
});

test('gives its sequence back when nobody reads on', async () => {
  const model = await openTinyModel();
  for await (const frame of generate(model, requestOf({ sampling: { maxTokens: 200 } }), optionsOf())) {
    expect(frame).toMatchObject({ seq: 0 });
    expect(model.scheduler.counts.running).toBe(1);
    break;
  }
  const { length } = model.runs;
  await expectIdle(model);
  expect(model.runs.length - length).toBeLessThanOrEqual(1);
});

test('waits for a slow reader, lets others pass, and gives him all', async () => {
  const model = await openTinyModel();
  const request = requestOf({ sampling: { maxTokens: 200, ...drawn } });
  const due = await answerOf(await openTinyModel(), request);
  const { decodedTokens } = model.scheduler.counts;
  const slow = generate(model, request, optionsOf());
  const first = await slow.next();
  await until(
    'the queue to be full',
    () => model.scheduler.counts.decodedTokens - decodedTokens >= 63,
    () => model.scheduler.counts,
  );
  expect((await answerOf(model, requestOf())).ids).toHaveLength(20);
  // Nobody else is there, so the loop goes to sleep, and only the reader can wake it.
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  // The slow one's 64 frames and one more, and the other's 20.
  expect(model.scheduler.counts.decodedTokens - decodedTokens).toBeLessThan(90);
  const rest = await collect(slow);
  const ids = [first.value ?? {}, ...rest].flatMap((frame) => ('ids' in frame ? frame.ids : []));
  expect(ids).toEqual(due.ids);
  await expectIdle(model);
});

test('leaves no timer and no listener behind', async () => {
  const { signal } = new AbortController();
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  const model = await openTinyModel();
  await answerOf(model, requestOf(), optionsOf({ signal }));
  // The deadline's: others are the test runner's.
  const timers = set.mock.calls.flatMap(([, ms = 0], at) =>
    ms > 50_000 ? [set.mock.results[at]?.value] : [],
  );
  expect(timers).toHaveLength(1);
  expect(cleared.mock.calls.map(([timer]) => timer)).toEqual(expect.arrayContaining(timers));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('blames neither the caller nor the deadline when the model is given back', async () => {
  const model = await openTinyModel();
  const answer = generate(model, requestOf({ sampling: { maxTokens: 200 } }), optionsOf());
  await answer.next();
  await model.scheduler[Symbol.asyncDispose]();
  const error = await errorOf(collect(answer));
  expect(error.code).toBe('RPC_WORKER_LOST');
  expect(error.message).toContain('its model is being given back; send the request again');
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
])('reports %s of the model, and the next request is answered', async (_, failure, message) => {
  const model = await openTinyModel({
    onRun: (_run, count) => {
      if (count === 4) throw failure;
    },
  });
  const error = await errorOf(answerOf(model, requestOf()));
  expect(error.code).toBe('RPC_GENERATION_FAILED');
  expect(error.message).toMatch(message);
  expect(error.cause).toBe(failure);
  await expectIdle(model);
  expect((await answerOf(model, requestOf())).ids).toHaveLength(20);
});
