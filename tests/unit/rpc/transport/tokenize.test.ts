import { expect, test } from 'vitest';
import {
  type Tokenization,
  type TokenizeRequest,
  tokenizedIdsMax,
} from '../../../../src/rpc/contract/tokenize.ts';
import { functionIds } from '../../../../src/rpc/contract/worker.ts';
import { DrydockError, type RpcErrorCode } from '../../../../src/rpc/errors.ts';
import type { TokenizeHandler } from '../../../../src/rpc/inference.ts';
import { startJudgedEngine } from '../auth/judged-engine.ts';
import { until } from '../until.ts';
import { counting, holding, model, neverAborted, outcomeOf, requestFor, startCluster } from './cluster.ts';

const signal = neverAborted();

function asking(changes: Partial<TokenizeRequest> = {}): TokenizeRequest {
  const base = {
    model: model.name,
    messages: [],
    addSpecialTokens: true,
    deadlineUnixMs: Date.now() + 20_000,
  };
  return { ...base, prompt: 'the prompt', ...changes };
}

/** Each character is a token. */
const characters: TokenizeHandler = async ({ prompt = '', messages, addSpecialTokens }) => ({
  ids: [
    ...(addSpecialTokens ? [2] : []),
    ...Buffer.from(prompt + messages.map(({ content }) => content).join('')),
  ],
  contextTokensMax: model.contextTokensMax,
});

const failing =
  (code: RpcErrorCode): TokenizeHandler =>
  async () => {
    throw new DrydockError(code, 'could not tokenize the prompt: the test wants it so; go on');
  };

const codeOf = (call: Promise<Tokenization>) =>
  call.then(
    () => 'answered',
    (error: DrydockError) => error.code,
  );

test('a prompt and messages come back as ids, while every slot of the worker is taken', async () => {
  await using cluster = await startCluster();
  const held = holding(1);
  await cluster.addWorker('w', held.handler, { slots: 1, tokenize: characters });
  const abort = new AbortController();
  const running = outcomeOf(cluster.client.generate(requestFor(), { signal: abort.signal }));
  await until('the generation', () => held.requests.length === 1);
  const expected = { contextTokensMax: 1024 };
  expect(await cluster.client.tokenize(asking({ prompt: 'ab' }), { signal })).toEqual({
    ...expected,
    ids: [2, 97, 98],
  });
  const bare = asking({ prompt: 'ab', addSpecialTokens: false });
  expect(await cluster.client.tokenize(bare, { signal })).toEqual({ ...expected, ids: [97, 98] });
  const { prompt: _none, ...chat } = asking({ messages: [{ role: 'user', content: 'c' }] });
  expect(await cluster.client.tokenize(chat, { signal })).toEqual({ ...expected, ids: [2, 99] });
  abort.abort();
  await running;
});

test('another worker answers where one cannot, and what is wrong with the request ends it', async () => {
  await using cluster = await startCluster();
  const asked: string[] = [];
  await cluster.addWorker('busy', counting(1), {
    tokenize: async (request, options) => {
      asked.push('busy');
      return await failing('RPC_WORKER_BUSY')(request, options);
    },
  });
  await cluster.addWorker('foreign', counting(1));
  await cluster.addWorker('able', counting(1), { tokenize: characters });
  for (let count = 0; count < 4; count += 1) {
    expect(await cluster.client.tokenize(asking({ prompt: 'a' }), { signal })).toMatchObject({
      ids: [2, 97],
    });
  }
  expect(asked).toHaveLength(4);
});

test.each<[RpcErrorCode, TokenizeHandler | undefined]>([
  ['RPC_REQUEST_INVALID', failing('RPC_REQUEST_INVALID')],
  ['RPC_GENERATION_FAILED', failing('RPC_GENERATION_FAILED')],
  ['RPC_UNSUPPORTED', undefined],
  ['RPC_REQUEST_INVALID', async () => ({ ids: Array(tokenizedIdsMax + 1).fill(0), contextTokensMax: 1 })],
])('a caller is told %s', async (code, tokenize) => {
  await using cluster = await startCluster();
  await cluster.addWorker('w', counting(1), { ...(tokenize && { tokenize }) });
  expect(await codeOf(cluster.client.tokenize(asking(), { signal }))).toBe(code);
});

test('what nobody can answer is refused before anybody is asked', async () => {
  await using cluster = await startCluster();
  const { client } = cluster;
  expect(await codeOf(client.tokenize(asking(), { signal }))).toBe('RPC_NO_WORKER');
  await cluster.addWorker('w', counting(1), { tokenize: characters });
  expect(await codeOf(client.tokenize(asking({ model: 'other' }), { signal }))).toBe('RPC_MODEL_UNKNOWN');
  expect(await codeOf(client.tokenize(asking({ deadlineUnixMs: 1 }), { signal }))).toBe(
    'RPC_DEADLINE_EXCEEDED',
  );
  expect(await codeOf(client.tokenize(asking({ model: '' }), { signal }))).toBe('RPC_REQUEST_INVALID');
  const both = asking({ messages: [{ role: 'user', content: 'x' }] });
  expect(await codeOf(client.tokenize(both, { signal }))).toBe('RPC_REQUEST_INVALID');
  const huge = asking({ prompt: '\0'.repeat(3 * 1024 * 1024) });
  expect(await codeOf(client.tokenize(huge, { signal }))).toBe('RPC_REQUEST_INVALID');
  expect(await codeOf(client.tokenize(asking(), { signal: AbortSignal.abort() }))).toBe('RPC_CANCELLED');
});

test('a caller that leaves is told at once, and a deadline ends the wait', async () => {
  await using cluster = await startCluster();
  const asked: AbortSignal[] = [];
  await cluster.addWorker('w', counting(1), {
    tokenize: (_request, options) => {
      asked.push(options.signal);
      return new Promise(() => {});
    },
  });
  const abort = new AbortController();
  const left = codeOf(cluster.client.tokenize(asking(), { signal: abort.signal }));
  await until('the question', () => asked.length === 1);
  abort.abort();
  expect(await left).toBe('RPC_CANCELLED');
  const late = asking({ deadlineUnixMs: Date.now() + 100 });
  expect(await codeOf(cluster.client.tokenize(late, { signal }))).toBe('RPC_DEADLINE_EXCEEDED');
});

test('a worker takes one at a time, and refuses when too many wait', async () => {
  await using cluster = await startCluster();
  const gate = Promise.withResolvers<void>();
  let atOnce = 0;
  let most = 0;
  await cluster.addWorker('w', counting(1), {
    tokenize: async (...args) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await gate.promise;
      atOnce -= 1;
      return await characters(...args);
    },
  });
  const calls = Array.from({ length: 70 }, () => codeOf(cluster.client.tokenize(asking(), { signal })));
  let refused = 0;
  for (const call of calls) void call.then((code) => (refused += code === 'RPC_WORKER_BUSY' ? 1 : 0));
  await until('the refusals', () => refused === 6);
  gate.resolve();
  const codes = await Promise.all(calls);
  expect(codes.filter((code) => code === 'answered')).toHaveLength(64);
  expect(most).toBe(1);
});

test('with credentials a gateway may ask, and a worker may not', async () => {
  await using engine = await startJudgedEngine();
  await using worker = await engine.connect('worker', 'worker-0');
  await using other = await engine.connect('worker', 'worker-1');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  await worker.register('tokenize');
  const { tokenize } = functionIds('worker-0');
  gateway.call(tokenize);
  worker.answer(await worker.take('invokefunction'), { result: { ids: [1] } });
  expect(await gateway.take('invocationresult')).toMatchObject({ result: { ids: [1] } });
  other.call(tokenize);
  expect(await other.take('invocationresult')).toMatchObject({ error: { code: 'FORBIDDEN' } });
});
