/** Calls as users of the SDK meet them. */
import { TriggerAction } from 'iii-sdk';
import { expect } from 'vitest';
import { until, within } from '../until.ts';
import type { SdkCase } from './case.ts';
import { failureOf, SdkPeer } from './sdk-peer.ts';

const mebibyte = 1024 * 1024;

async function callerAndWorker(url: string) {
  const scope = new AsyncDisposableStack();
  const caller = scope.use(await SdkPeer.connect(url, { name: 'caller' }));
  const worker = scope.use(await SdkPeer.connect(url, { name: 'worker' }));
  return { caller, worker, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

export const sdkCallCases: readonly SdkCase[] = [
  {
    id: 'S1',
    title: 'a call brings payload, caller and metadata, and its result back, with sorted keys both ways',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      const seen: unknown[] = [];
      worker.client.registerFunction('f', async (data, metadata) => {
        seen.push(JSON.stringify(data), metadata);
        return { z: 1, a: { c: 1, b: 2 } };
      });
      await worker.applied();
      const result = await caller.call('f', { z: [{ b: 1, a: 2 }], a: 1 }, { metadata: { m: 1 } });
      expect(seen).toEqual([
        expect.stringMatching(/^\{"_caller_worker_id":"[0-9a-f-]{36}","a":1,"z":\[\{"a":2,"b":1\}\]\}$/),
        { m: 1 },
      ]);
      expect(JSON.stringify(result)).toBe('{"a":{"b":2,"c":1},"z":1}');
    },
  },
  {
    id: 'S2',
    title: 'a void call resolves at once, runs its function, and says nothing of one that is not there',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      let runs = 0;
      worker.client.registerFunction('f', async () => {
        runs += 1;
        throw new Error('nobody hears it');
      });
      await worker.applied();
      expect([await caller.fire('f'), await caller.fire('nobody')]).toEqual([undefined, undefined]);
      await until('the void call', () => runs === 1);
    },
  },
  {
    id: 'S3',
    title: 'a call without a payload is ignored, and times out',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      let runs = 0;
      worker.client.registerFunction('f', async () => {
        runs += 1;
      });
      await worker.applied();
      expect(await failureOf(caller.client.trigger({ function_id: 'f', timeoutMs: 60 } as never))).toEqual({
        code: 'TIMEOUT',
        message: expect.stringContaining('60'),
      });
      expect(runs).toBe(0);
    },
  },
  {
    id: 'S4',
    title: 'a handler that throws gives invocation_failed with its message, whatever code its error had',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      worker.client.registerFunction('f', async () => {
        throw Object.assign(new RangeError('boom'), { code: 'MINE' });
      });
      await worker.applied();
      expect(await caller.failure('f')).toEqual({
        code: 'invocation_failed',
        message: 'invocation_failed: boom',
      });
    },
  },
  {
    id: 'S5',
    title: 'a handler cannot return null: its caller gets undefined',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      worker.client.registerFunction('null', async () => null);
      worker.client.registerFunction('nothing', async () => undefined);
      worker.client.registerFunction('false', async () => false);
      await worker.applied();
      const results = [await caller.call('null'), await caller.call('nothing'), await caller.call('false')];
      expect(results).toEqual([undefined, undefined, false]);
    },
  },
  {
    id: 'S6',
    title:
      'an unknown function fails with function_not_found, an enqueued call without a provider with enqueue_error',
    run: async ({ url, mode }) => {
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      expect(await caller.failure('nobody')).toEqual({
        code: 'function_not_found',
        message: `function_not_found: Function nobody not found${mode === '0.23' ? ' in namespace default.' : ''}`,
      });
      const action = TriggerAction.Enqueue({ queue: 'jobs' });
      const enqueued = caller.client.trigger({ function_id: 'nobody', payload: {}, action });
      expect(await failureOf(enqueued)).toMatchObject({ code: 'enqueue_error' });
    },
  },
  {
    id: 'S7',
    title: 'a call that times out goes on at its worker, and its late result is dropped',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      const late = Promise.withResolvers<string>();
      let ended = false;
      worker.client.registerFunction('f', async () => {
        const result = await late.promise;
        ended = true;
        return result;
      });
      await worker.applied();
      expect(await caller.failure('f', {}, { timeoutMs: 60 })).toMatchObject({ code: 'TIMEOUT' });
      late.resolve('late');
      await until('the handler', () => ended);
      await worker.applied();
      await caller.applied();
    },
  },
  {
    id: 'S8',
    title: 'a worker that shuts down with a call running does not drain: the call is stopped at once',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      let isRunning = false;
      worker.client.registerFunction('f', async () => {
        isRunning = true;
        await new Promise(() => {});
      });
      await worker.applied();
      const failed = caller.failure('f');
      await until('the call', () => isRunning);
      await worker.client.shutdown();
      expect(await within('the end of the call', 2000, failed)).toMatchObject({ code: 'invocation_stopped' });
    },
  },
  {
    id: 'S9',
    title: 'an unregistered function is not found, while its running call goes on',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      const end = Promise.withResolvers<number>();
      let isRunning = false;
      const registered = worker.client.registerFunction('f', async () => {
        isRunning = true;
        return await end.promise;
      });
      await worker.applied();
      const running = caller.call('f');
      await until('the call', () => isRunning);
      registered.unregister();
      await worker.applied();
      expect(await caller.failure('f')).toMatchObject({ code: 'function_not_found' });
      end.resolve(1);
      expect(await running).toBe(1);
    },
  },
  {
    id: 'S10',
    title: 'a payload above 16 MiB costs its sender the connection, and everything open on it',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using peers = await callerAndWorker(url);
      const { caller, worker } = peers;
      worker.client.registerFunction('length', async ({ text }: { readonly text: string }) => text.length);
      worker.client.registerFunction('large', async () => 'x'.repeat(17 * mebibyte));
      caller.client.registerFunction('of-caller', async () => 1);
      await Promise.all([worker.applied(), caller.applied()]);
      expect(await caller.call('length', { text: 'x'.repeat(15 * mebibyte) })).toBe(15 * mebibyte);
      const tooLarge = { text: 'x'.repeat(17 * mebibyte) };
      expect(await caller.failure('length', tooLarge, { timeoutMs: 500 })).toMatchObject({ code: 'TIMEOUT' });
      await caller.applied();
      expect(await worker.call('of-caller')).toBe(1);
      expect(await caller.failure('large')).toMatchObject({ code: 'invocation_stopped' });
      await worker.applied();
      expect(await caller.call('length', { text: 'x' })).toBe(1);
    },
  },
];
