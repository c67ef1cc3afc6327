import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import type { GenerateHandler } from '../../../../src/rpc/inference.ts';
import { inboxFramesMax } from '../../../../src/rpc/transport/frame-inbox.ts';
import { until } from '../until.ts';
import {
  counting,
  doneAfter,
  holding,
  model,
  neverAborted,
  outcomeOf,
  requestFor,
  startCluster,
  token,
  tokens,
  tokensAfter,
} from './cluster.ts';

test('delivers every frame once, in order, and ends after done', async () => {
  await using cluster = await startCluster();
  await cluster.addWorker('worker-0', counting(500));
  const { frames, code } = await outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  expect(code).toBeUndefined();
  expect(frames).toEqual([...Array.from({ length: 500 }, (_, seq) => token(seq)), doneAfter(500)]);
});

test('carries the request to the handler as it was given, with the deadline by its own clock', async () => {
  await using cluster = await startCluster();
  const held = holding(1);
  await cluster.addWorker('worker-0', held.handler);
  const request = requestFor({
    messages: [
      { role: 'system', content: 'brief' },
      { role: 'user', content: '{"direction":"write"} ￿ 🙂 \u0000' },
    ],
    sampling: { maxTokens: 7, temperature: 0.5, topP: 0.9, seed: 2 ** 53 - 1, stop: ['\n'] },
  });
  for await (const _ of cluster.client.generate(request, { signal: neverAborted() })) break;
  // Within half a second: clocks differ by parts of a round trip.
  expect(held.requests).toEqual([{ ...request, deadlineUnixMs: expect.closeTo(request.deadlineUnixMs, -3) }]);
});

test('lists workers and models, a model that two workers serve once', async () => {
  await using cluster = await startCluster({ engines: 2 });
  expect([cluster.client.workers(), cluster.client.models()]).toEqual([[], []]);
  await cluster.addWorker('worker-0', counting(1));
  await cluster.addWorker('worker-1', counting(1));
  const ids = cluster.client.workers().map(({ workerId }) => workerId);
  expect(ids.sort()).toEqual(['worker-0', 'worker-1']);
  expect(cluster.client.models()).toEqual([model]);
});

test('sends to the worker with the least in flight for its slots', async () => {
  await using cluster = await startCluster();
  const [small, large] = [holding(1), holding(1)];
  await cluster.addWorker('small', small.handler, { slots: 1 });
  await cluster.addWorker('large', large.handler, { slots: 3 });
  const abort = new AbortController();
  const running = Array.from({ length: 4 }, () =>
    outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal })),
  );
  await until('four generations', () => small.requests.length + large.requests.length === 4);
  expect([small.requests.length, large.requests.length]).toEqual([1, 3]);
  abort.abort();
  expect((await Promise.all(running)).map(({ code }) => code)).toEqual(Array(4).fill('RPC_CANCELLED'));
});

test('a stream that ended counts no longer as load, though nobody read its end', async () => {
  await using cluster = await startCluster();
  const [old, fresh] = [holding(1), holding(1)];
  await cluster.addWorker('old', old.handler);
  const abort = new AbortController();
  for (let count = 0; count < 3; count += 1) {
    const frames = cluster.client.generate(requestFor(), { signal: abort.signal })[Symbol.asyncIterator]();
    expect((await frames.next()).value).toEqual(token(0));
  }
  abort.abort();
  await until('the end of all', () => old.signals.every(({ aborted }) => aborted));
  await cluster.addWorker('fresh', fresh.handler);
  const leave = new AbortController();
  const running = [0, 1].map(() =>
    outcomeOf(cluster.client.generate(requestFor(), { signal: leave.signal })),
  );
  await until('two generations', () => old.requests.length + fresh.requests.length === 5);
  expect([old.requests.length, fresh.requests.length]).toEqual([4, 1]);
  leave.abort();
  await Promise.all(running);
});

test.each([
  ['RPC_NO_WORKER', 'when nobody serves', [], 'gemma'],
  ['RPC_MODEL_UNKNOWN', 'when nobody serves the model', ['worker-0'], 'llama'],
] as const)('throws %s %s', async (expected, _when, workers, name) => {
  await using cluster = await startCluster();
  for (const id of workers) await cluster.addWorker(id, counting(1));
  const request = requestFor({ model: name });
  const { code } = await outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
  expect(code).toBe(expected);
});

test('refuses a request that is not valid or too large for an engine, and sends nothing', async () => {
  await using cluster = await startCluster();
  const held = holding(0);
  await cluster.addWorker('worker-0', held.handler);
  const user = (content: string) => [{ role: 'user', content } as const];
  for (const [request, reason] of [
    [requestFor({ messages: [] }), 'messages'],
    [requestFor({ messages: user('a'), prompt: 'a' }), 'messages'],
    [requestFor({ messages: user('\u0001'.repeat(3_000_000)) }), 'bytes'],
  ] as const) {
    const { code, text } = await outcomeOf(cluster.client.generate(request, { signal: neverAborted() }));
    expect(code).toBe('RPC_REQUEST_INVALID');
    expect(text).toContain(reason);
  }
  expect(held.requests).toEqual([]);
});

const misbehaviours: readonly (readonly [string, string, RegExp, GenerateHandler])[] = [
  [
    'skips a frame',
    'RPC_FRAME_INVALID',
    /frame 2 came where 0 was due/,
    async function* skip(_request, { answeredIds = [] }) {
      yield* tokensAfter(answeredIds, 1);
      yield token(2);
    },
  ],
  [
    'repeats a frame',
    'RPC_FRAME_INVALID',
    /frame 7 came where 0 was due/,
    async function* repeat(_request, { answeredIds = [] }) {
      yield* tokensAfter(answeredIds, 1);
      // Taken up again it repeats nothing more that could be told from progress.
      yield token(answeredIds.length === 0 ? 0 : 7);
    },
  ],
  [
    'loses its last frame',
    'RPC_FRAME_INVALID',
    /1 tokens came where 2 were sent/,
    async function* lose(_request, { answeredIds = [] }) {
      yield* tokensAfter(answeredIds, 1);
      yield doneAfter(2);
    },
  ],
  [
    'ends without a result',
    'RPC_GENERATION_FAILED',
    /ended without a result/,
    async function* stop() {
      yield token(0);
    },
  ],
  [
    'fails in its own way',
    'RPC_GENERATION_FAILED',
    /^could not generate: the worker failed/,
    async function* fail() {
      yield token(0);
      throw new Error('secret of the worker');
    },
  ],
  [
    'yields an error of unknown code',
    'RPC_GENERATION_FAILED',
    /^could not generate: the worker failed/,
    async function* err() {
      yield token(0);
      yield { error: { code: 'WORKER_SECRET', message: 'secret of the worker' } };
    },
  ],
  [
    'refuses the request',
    'RPC_REQUEST_INVALID',
    /^could not fit the prompt$/,
    async function* refuse() {
      yield token(0);
      throw new DrydockError('RPC_REQUEST_INVALID', 'could not fit the prompt');
    },
  ],
];

test.each(misbehaviours)(
  'a worker that %s ends the stream with %s',
  async (_what, expected, reason, handler) => {
    await using cluster = await startCluster({ limits: { attemptsMax: 2 } });
    await cluster.addWorker('worker-0', handler);
    const { frames, code, text } = await outcomeOf(
      cluster.client.generate(requestFor(), { signal: neverAborted() }),
    );
    expect(code).toBe(expected);
    expect(text).toMatch(reason);
    expect(text).not.toContain('secret');
    if (expected !== 'RPC_FRAME_INVALID') expect(frames).toEqual([token(0)]);
    else
      expect(frames.map((frame) => 'seq' in frame && frame.ids)).toEqual(
        tokens(frames.length).map(({ ids }) => ids),
      );
  },
);

test('a failure of the generation is tried on one other worker, and no further', async () => {
  await using cluster = await startCluster();
  const runs: string[] = [];
  const failing = (id: string): GenerateHandler =>
    async function* fail() {
      runs.push(id);
      yield* [];
      throw new Error('no');
    };
  for (const id of ['worker-0', 'worker-1', 'worker-2']) await cluster.addWorker(id, failing(id));
  const { code } = await outcomeOf(cluster.client.generate(requestFor(), { signal: neverAborted() }));
  expect([code, new Set(runs).size, runs.length]).toEqual(['RPC_GENERATION_FAILED', 2, 2]);
});

test('a handler that fails is logged without its message, which may quote the prompt', async () => {
  await using cluster = await startCluster();
  await cluster.addWorker('worker-0', async function* fail({ messages }) {
    yield* [];
    throw new Error(`cannot ${messages[0]?.content}`);
  });
  const messages = [{ role: 'user', content: 'you see:\n    at the end (of:1:2)\nthe prompt' } as const];
  await outcomeOf(cluster.client.generate(requestFor({ messages }), { signal: neverAborted() }));
  const entry = cluster.log.find(({ message }) => message === 'generation failed');
  expect(entry).toMatchObject({
    code: 'UNEXPECTED',
    reason: 'Error',
    stack: expect.arrayContaining([expect.stringContaining('streaming.test.ts')]),
  });
  expect(JSON.stringify(cluster.log)).not.toMatch(/the (prompt|end)/);
});

test('a consumer that does not read loses the stream, and the worker stops', async () => {
  await using cluster = await startCluster();
  const held = holding(inboxFramesMax + 100);
  await cluster.addWorker('worker-0', held.handler);
  const frames = cluster.client.generate(requestFor(), { signal: neverAborted() })[Symbol.asyncIterator]();
  expect((await frames.next()).value).toEqual(token(0));
  await until('the worker to be stopped', () => held.signals[0]?.aborted === true);
  await expect(frames.next()).rejects.toMatchObject({ code: 'RPC_CONSUMER_TOO_SLOW' });
});
