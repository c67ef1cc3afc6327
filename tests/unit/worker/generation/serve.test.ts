import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { generateFrameSchema } from '../../../../src/rpc/contract/generate.ts';
import { functionIds } from '../../../../src/rpc/contract/worker.ts';
import { connectInference } from '../../../../src/rpc/index.ts';
import type { InferenceClient } from '../../../../src/rpc/inference.ts';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { serve } from '../../../../src/worker/generation/serve-runtime.ts';
import { RawPeer, startTestEngine } from '../../rpc/conformance/raw-peer.ts';
import { rawGenerate } from '../../rpc/transport/raw-generate.ts';
import { deadEngine, startEngine } from '../main/engine.ts';
import {
  makeRunDirectoryWithModels,
  makeRunDirectoryWithTiny,
  type RunDirectory,
} from '../main/run-directory.ts';
import { named, references } from '../references.ts';
import { doneEvent, json, startServer, stream } from '../upstream/scripted-server.ts';
import { checkedAnswer, collect, requestOf } from './ask.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const bounded = { timeout: 10_000 };
const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }];

function startServing(run: RunDirectory, engines: string, changes: Readonly<Record<string, string>> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const [stop, stopNow] = [new AbortController(), new AbortController()];
  const config = readWorkerConfig({ ...run.environment, DRYDOCK_ENGINES: engines, ...changes });
  const serving = serve(config, { log, stop: stop.signal, stopNow: stopNow.signal });
  return { serving, stop, stopNow, lines };
}

/** A worker that serves the tiny model over an engine in this process. */
async function openServing(changes: Readonly<Record<string, string>> = {}) {
  await using owned = new AsyncDisposableStack();
  const run = owned.use(await makeRunDirectoryWithTiny());
  const engine = owned.use(await startTestEngine());
  const { serving, stop, stopNow, lines } = startServing(run, `z=127.0.0.1:${engine.port}`, changes);
  owned.defer(async () => {
    stopNow.abort();
    await serving;
  });
  const client = owned.use(
    connectInference({
      limits: { queueMsMax: 500, resumeMsMax: 300 },
      engines: [{ availabilityZone: 'z', host: '127.0.0.1', port: engine.port }],
      clientName: 'test',
      logger: { info: () => undefined, warn: () => undefined },
    }),
  );
  const kept = owned.move();
  return { serving, stop, stopNow, lines, engine, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Until the first token of an answer that fills the context, and then on. */
async function startLongAnswer(client: InferenceClient) {
  const request = requestOf({ sampling: { temperature: 2, seed: 1, maxTokens: 100_000 } });
  await vi.waitFor(() => expect(client.workers()).toHaveLength(1), bounded);
  const frames = client.generate(request, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  const seen = [(await frames.next()).value];
  const ended = async () => {
    for (let next = await frames.next(); next.done !== true; next = await frames.next())
      seen.push(next.value);
    return checkedAnswer(seen);
  };
  return { ended: ended() };
}

test('is known to the engine while it serves, and no more once it has been stopped', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const { serving, stop } = startServing(run, engine.engines);
  await vi.waitFor(
    () => expect(client.models()).toMatchObject([{ name: 'tiny', contextTokensMax: 512 }]),
    bounded,
  );
  stop.abort();
  await serving;
  await vi.waitFor(() => expect(client.workers()).toEqual([]), bounded);
});

test('told to stop, it ends the answers that it has begun and takes no others', async () => {
  await using open = await openServing();
  const { ended } = await startLongAnswer(open.client);
  open.stop.abort();
  const draining = { event: 'draining', drainMs: 25_000 };
  await vi.waitFor(() => expect(open.lines.at(-1)).toMatchObject(draining), bounded);
  const late = collect(open.client.generate(requestOf(), { signal: new AbortController().signal }));
  await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/^RPC_(WORKER_BUSY|NO_WORKER)$/) });
  expect((await ended).usage.completionTokens).toBeGreaterThan(100);
  await open.serving;
  expect(open.lines.at(-1)).toMatchObject({ event: 'drained', because: 'all have ended' });
  expect(open.lines.filter(({ event }) => event === 'loaded')).toMatchObject([
    { warmUpMs: expect.any(Number) },
  ]);
});

test('whoever has some frames gets the rest of the answer, wherever it was cut', async () => {
  await using open = await openServing();
  await using caller = await RawPeer.connect(open.engine.url);
  const sampling = { maxTokens: 16, temperature: 1, seed: 3, logprobs: 1, stop: ['e☃', '5☃'] };
  const ask = async (ids?: readonly number[]) => {
    const resume = ids === undefined ? {} : { resume: { ids } };
    const payload = { request: requestOf({ prompt: 'The capital of France', sampling }), ...resume };
    await using generation = await rawGenerate(caller, payload, { engineUrl: open.engine.url });
    await generation.socket.closed();
    return checkedAnswer(
      generation.frames().map((frame) => generateFrameSchema.parse(frame)),
      ids?.length,
    );
  };
  await vi.waitFor(() => expect(open.client.workers()).toHaveLength(1), bounded);
  const whole = await ask();
  expect(whole.frames.length).toBeGreaterThan(10);
  for (let count = 0; count <= whole.frames.length; count++) {
    const seen = whole.frames.slice(0, count);
    const rest = await ask(seen.flatMap(({ ids }) => ids));
    expect([...seen, ...rest.frames].map(({ text }) => text).join('')).toBe(whole.text);
    expect([...seen, ...rest.frames].flatMap(({ ids }) => ids)).toEqual(whole.ids);
    expect([...seen, ...rest.frames].flatMap(({ logprobs = [] }) => logprobs)).toEqual(whole.logprobs);
    expect([rest.finishReason, rest.usage.completionTokens]).toEqual([whole.finishReason, whole.ids.length]);
  }
});

test('an operator drains it over an engine, and it leaves', async () => {
  await using open = await openServing();
  const { ended } = await startLongAnswer(open.client);
  await using operator = await RawPeer.connect(open.engine.url);
  const { drain } = functionIds('worker-0');
  expect((await operator.ask(drain, {})).result).toMatchObject({ isDraining: true, running: 1 });
  expect((await ended).usage.completionTokens).toBeGreaterThan(100);
  await open.serving;
  expect(open.lines.at(-1)).toMatchObject({ event: 'drained', because: 'all have ended' });
  expect((await operator.ask(drain, {})).error).toMatchObject({ code: 'function_not_found' });
});

test.each([
  ['the time is over', { DRYDOCK_DRAIN_MS: '1' }, false],
  ['it is told to end at once', {}, true],
])('ends what runs with an error when %s', async (_, changes, isTold) => {
  await using open = await openServing(changes);
  const { ended } = await startLongAnswer(open.client);
  const outcome = ended.catch((error: unknown) => error);
  open.stop.abort();
  if (isTold) open.stopNow.abort();
  await open.serving;
  expect(await outcome).toMatchObject({ code: 'RPC_WORKER_LOST' });
  const because = isTold ? 'told to end at once' : 'the time is over';
  expect(open.lines.at(-1)).toMatchObject({ event: 'drained', because });
});

test('serves several models and a server on its host under one name each', async () => {
  await using server = await startServer({
    '/health': json(200, {}),
    '/v1/models': json(200, { data: [{ id: 'theirs', owned_by: 'vllm', max_model_len: 2048 }] }),
    '/metrics': json(200, {}),
    '/v1/chat/completions': stream([
      { choices: [{ index: 0, delta: { content: 'Paris' }, finish_reason: null, token_ids: [7] }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop', token_ids: [] }] },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 1 } },
      doneEvent,
    ]),
  });
  const upstream = JSON.stringify({ name: 'large', engine: 'openai', baseUrl: server.baseUrl, slots: 2 });
  await using run = await makeRunDirectoryWithModels(
    { small: { pinned: true }, other: { weights: '8-bit' } },
    { 'model/large/model.json': upstream },
  );
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const { serving, stop, lines } = startServing(run, engine.engines);
  await vi.waitFor(() => expect(client.models()).toHaveLength(3), bounded);
  expect(client.models().toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'large', contextTokensMax: 2048 },
    { name: 'other', contextTokensMax: 512 },
    { name: 'small', contextTokensMax: 512 },
  ]);
  // The server takes fewer answers at once than the worker would.
  expect(client.workers()).toMatchObject([{ slots: 2 }]);
  const loaded = () => lines.filter(({ event }) => event === 'loaded').map(({ model }) => model);
  expect(loaded()).toEqual(['small']);
  const ask = async (model: string) => {
    const request = requestOf({ model, messages, sampling: { maxTokens: 24 } });
    const { signal } = new AbortController();
    return checkedAnswer(await collect(client.generate(request, { signal })));
  };
  expect((await ask('small')).ids).toEqual(named(references.greedy, 'chat').generatedIds);
  expect(await ask('large')).toMatchObject({ text: 'Paris', ids: [], finishReason: 'stop' });
  expect((await ask('other')).usage.completionTokens).toBeGreaterThan(0);
  expect(loaded()).toEqual(['small', 'other']);
  expect(JSON.stringify(lines)).not.toContain('capital');
  stop.abort();
  await serving;
});

test.each([
  ['two models of one name', { a: { name: 'one' }, b: { name: 'one' } }, 'WORKER_CONFIG_INVALID'],
  [
    'a pinned model that is not there',
    { a: { file: 'other.gguf', pinned: true } },
    'WORKER_MODEL_FILE_INVALID',
  ],
])('does not start with %s', async (_, models, code) => {
  await using run = await makeRunDirectoryWithModels(models);
  const { serving } = startServing(run, deadEngine);
  await expect(serving).rejects.toMatchObject({ code });
});

test('does not start when it is stopped while the model loads', async () => {
  await using run = await makeRunDirectoryWithTiny();
  const { serving, stop, lines } = startServing(run, deadEngine);
  stop.abort();
  await expect(serving).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
  expect(lines).toEqual([]);
});
