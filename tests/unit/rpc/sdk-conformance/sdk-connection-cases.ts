/** Connections that are cut, engines that die, and ids and names that two want, as users of the SDK meet them. */
import { expect } from 'vitest';
import { until, within } from '../until.ts';
import type { SdkCase } from './case.ts';
import { cuttableLink } from './cuttable-link.ts';
import { failureOf, SdkPeer } from './sdk-peer.ts';

async function rowsOf(peer: SdkPeer, name: string) {
  const rows = await peer.list('engine::workers::list', 'workers', { search: name });
  return rows.filter((row) => row.name === name);
}

export const sdkConnectionCases: readonly SdkCase[] = [
  {
    id: 'S11',
    title: 'after a cut a worker registers again by itself; what it ran is stopped, and it is listed once',
    run: async ({ url }) => {
      await using link = await cuttableLink(url);
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      await using worker = await SdkPeer.connect(link.url, { name: 'worker' });
      let runs = 0;
      worker.client.registerFunction('f', async () => {
        runs += 1;
        return runs === 1 ? await new Promise(() => {}) : runs;
      });
      await worker.applied();
      const running = caller.failure('f');
      await until('the call', () => runs === 1);
      link.cut();
      expect(await running).toMatchObject({ code: 'invocation_stopped' });
      await worker.applied();
      expect(await caller.call('f')).toBe(2);
      expect(await rowsOf(caller, 'worker')).toHaveLength(1);
    },
  },
  {
    id: 'S12',
    title:
      'a worker whose cut the engine did not notice is a ghost until it comes back, and then at once no more',
    run: async ({ url }) => {
      await using link = await cuttableLink(url);
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      await using worker = await SdkPeer.connect(link.url, { name: 'worker' });
      let runs = 0;
      worker.client.registerFunction('f', async () => {
        runs += 1;
        return runs === 1 ? await new Promise(() => {}) : runs;
      });
      await worker.applied();
      const [ghost] = await rowsOf(caller, 'worker');
      const running = caller.failure('f');
      await until('the call', () => runs === 1);
      link.isOpen = false;
      link.cutPeerSide();
      expect(await caller.failure('f', {}, { timeoutMs: 60 })).toMatchObject({ code: 'TIMEOUT' });
      expect(await rowsOf(caller, 'worker')).toMatchObject([{ id: ghost?.id, status: 'connected' }]);
      link.isOpen = true;
      expect(await within('the end of the call', 5000, running)).toMatchObject({
        code: 'invocation_stopped',
      });
      await worker.applied();
      expect((await rowsOf(caller, 'worker')).map(({ id }) => id === ghost?.id)).toEqual([false]);
      expect(await caller.call('f')).toBe(2);
    },
  },
  {
    id: 'S13',
    title: 'a call whose engine dies is not rejected: it waits for its whole timeout',
    isHeavy: true,
    run: async (engine) => {
      await using caller = await SdkPeer.connect(engine.url, { name: 'caller' });
      await using worker = await SdkPeer.connect(engine.url, { name: 'worker' });
      let isRunning = false;
      worker.client.registerFunction('f', async () => {
        isRunning = true;
        await new Promise(() => {});
      });
      await worker.applied();
      const start = performance.now();
      const running = caller.failure('f', {}, { timeoutMs: 250 });
      await until('the call', () => isRunning);
      await engine[Symbol.asyncDispose]();
      expect(await running).toMatchObject({ code: 'TIMEOUT' });
      expect(performance.now() - start).toBeGreaterThan(245);
    },
  },
  {
    id: 'S14',
    title:
      'calls that are made without a connection wait for one, and those that have timed out are not sent',
    run: async ({ url }) => {
      await using link = await cuttableLink(url);
      await using caller = await SdkPeer.connect(link.url, { name: 'caller' });
      await using worker = await SdkPeer.connect(url, { name: 'worker' });
      const heard: unknown[] = [];
      worker.client.registerFunction('f', async ({ n }: { readonly n: number }) => {
        heard.push(n);
        return n;
      });
      await worker.applied();
      await caller.applied();
      link.isOpen = false;
      link.cut();
      // Until the SDK has noticed the cut, calls go into the dead connection.
      expect(await caller.failure('f', { n: 0 }, { timeoutMs: 60 })).toMatchObject({ code: 'TIMEOUT' });
      expect(await caller.failure('f', { n: 1 }, { timeoutMs: 30 })).toMatchObject({ code: 'TIMEOUT' });
      const queued = caller.call('f', { n: 2 });
      link.isOpen = true;
      expect(await queued).toBe(2);
      expect(heard).toEqual([2]);
    },
  },
  {
    id: 'S15',
    title: 'a call that waited for a connection fails when its worker has not yet come back as well',
    run: async ({ url }) => {
      await using link = await cuttableLink(url);
      await using workersLink = await cuttableLink(url);
      await using caller = await SdkPeer.connect(link.url, { name: 'caller' });
      await using worker = await SdkPeer.connect(workersLink.url, { name: 'worker' });
      worker.client.registerFunction('f', async () => 1);
      await worker.applied();
      expect(await caller.call('f')).toBe(1);
      for (const each of [link, workersLink]) {
        each.isOpen = false;
        each.cut();
      }
      await caller.failure('f', {}, { timeoutMs: 30 });
      const queued = caller.failure('f');
      link.isOpen = true;
      expect(await queued).toMatchObject({ code: 'function_not_found' });
      workersLink.isOpen = true;
      await worker.applied();
      expect(await caller.call('f')).toBe(1);
    },
  },
  {
    id: 'S16',
    title:
      'with 0.22 the last worker of an id gets all calls, and its death ends the id though another has it',
    modes: ['0.22'],
    run: async ({ url }) => {
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      await using first = await SdkPeer.connect(url, { name: 'first' });
      first.client.registerFunction('f', async () => 'first');
      await first.applied();
      await using second = await SdkPeer.connect(url, { name: 'second' });
      second.client.registerFunction('f', async () => 'second');
      await second.applied();
      expect([await caller.call('f'), await caller.call('f')]).toEqual(['second', 'second']);
      await second.client.shutdown();
      expect(await untilFailure(caller, 'f')).toBe('function_not_found');
    },
  },
  {
    id: 'S17',
    title:
      'with 0.23 the first worker of an id gets all calls, and its death ends the id though another has it',
    modes: ['0.23'],
    run: async ({ url }) => {
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      await using first = await SdkPeer.connect(url, { name: 'first' });
      first.client.registerFunction('f', async () => 'first');
      await first.applied();
      await using second = await SdkPeer.connect(url, { name: 'second' });
      second.client.registerFunction('f', async () => 'second');
      await second.applied();
      expect([await caller.call('f'), await caller.call('f')]).toEqual(['first', 'first']);
      await first.client.shutdown();
      expect(await untilFailure(caller, 'f')).toBe('function_not_found');
    },
  },
  {
    id: 'S18',
    title: 'with 0.23 the second worker of a name is thrown out, and tries again for ever',
    modes: ['0.23'],
    run: async ({ url }) => {
      await using watcher = await SdkPeer.connect(url, { name: 'watcher' });
      let connects = 0;
      watcher.client.registerFunction('on-worker', async ({ event }: { readonly event: string }) => {
        if (event === 'worker_connected') connects += 1;
      });
      watcher.client.registerTrigger({
        type: 'engine::workers-available',
        function_id: 'on-worker',
        config: {},
      });
      await using first = await SdkPeer.connect(url, { name: 'same' });
      first.client.registerFunction('f', async () => 'first');
      await first.applied();
      connects = 0;
      await using second = new SdkPeer(url, { name: 'same' });
      second.client.registerFunction('g', async () => 'second');
      await until('three attempts', () => connects >= 3);
      expect(await rowsOf(watcher, 'same')).toHaveLength(1);
      expect(await watcher.call('f')).toBe('first');
      expect(await failureOf(watcher.call('g'))).toMatchObject({ code: 'function_not_found' });
    },
  },
];

/** The death of a connection may take its turn. */
async function untilFailure(caller: SdkPeer, functionId: string): Promise<unknown> {
  for (let turn = 0; turn < 100; turn += 1) {
    const { code } = await caller.failure(functionId);
    // It may be caught by the death itself.
    if (code !== 'none' && code !== 'invocation_stopped') return code;
  }
  return 'none';
}
