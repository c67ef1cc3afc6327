/** Discovery, triggers and sessions with rights, as users of the SDK meet them. */
import { expect } from 'vitest';
import type { EngineListener } from '../../../../src/rpc/engine/listener-runtime.ts';
import { until } from '../until.ts';
import type { SdkCase } from './case.ts';
import { SdkPeer } from './sdk-peer.ts';

const loopback = { port: 0, host: '127.0.0.1' };
const listeners: readonly EngineListener[] = [
  loopback,
  { ...loopback, rbac: { authFunctionId: 'auth::check', exposeFunctions: [] } },
  { ...loopback, rbac: { authFunctionId: 'auth::check', exposeFunctions: ['infer::*'] } },
];

interface Question {
  readonly headers: Readonly<Record<string, string>>;
}

/** Workers may register under their own prefix, gateways nothing; the credential says which it is. */
async function authority(url: string): Promise<SdkPeer> {
  const peer = await SdkPeer.connect(url, { name: 'authority' });
  peer.client.registerFunction('auth::check', async ({ headers }: Question) => {
    if (headers.authorization === 'gateway') {
      return { allow_function_registration: false, allowed_functions: ['engine::functions::list'] };
    }
    const id = /^worker (\w+)$/.exec(headers.authorization ?? '')?.[1];
    if (id === undefined) throw new Error('who are you?');
    return { function_registration_prefix: `infer::${id}` };
  });
  await peer.applied();
  return peer;
}

export const sdkDiscoveryCases: readonly SdkCase[] = [
  {
    id: 'S27',
    title: 'functions are listed with what their worker says of them, and workers with what they are',
    run: async ({ url, mode }) => {
      await using peer = await SdkPeer.connect(url, { name: 'worker-0' });
      peer.client.registerFunction('infer::worker-0::generate', async () => 1, {
        description: 'what',
        metadata: { slots: 4 },
      });
      await peer.applied();
      const always = mode === '0.23' ? { namespace: 'default' } : {};
      expect(await peer.list('engine::functions::list', 'functions', { prefix: 'infer::' })).toEqual([
        {
          function_id: 'infer::worker-0::generate',
          worker_name: 'worker-0',
          description: 'what',
          metadata: { slots: 4 },
          ...always,
        },
      ]);
      const rows = await peer.list('engine::workers::list', 'workers', { runtime: 'node' });
      expect(rows).toEqual([
        expect.objectContaining({
          name: 'worker-0',
          version: '0.22.1',
          status: 'connected',
          function_count: 1,
          ...always,
        }),
      ]);
    },
  },
  {
    id: 'S28',
    title: 'workers-available tells of each that comes, says who it is, and goes',
    run: async ({ url }) => {
      await using watcher = await SdkPeer.connect(url, { name: 'watcher' });
      const events: string[] = [];
      watcher.client.registerFunction('on-worker', async ({ event }: { readonly event: string }) => {
        events.push(event);
      });
      const type = 'engine::workers-available';
      const trigger = watcher.client.registerTrigger({ type, function_id: 'on-worker', config: {} });
      await watcher.applied();
      await using first = await SdkPeer.connect(url, { name: 'first' });
      await first.client.shutdown();
      await until(
        'three events',
        () => events.length === 3,
        () => events,
      );
      expect(events).toEqual(['worker_connected', 'worker_metadata_updated', 'worker_disconnected']);
      trigger.unregister();
      await watcher.applied();
      await using second = await SdkPeer.connect(url, { name: 'second' });
      await second.applied();
      await watcher.applied();
      expect(events).toHaveLength(3);
    },
  },
  {
    id: 'S29',
    title:
      'a trigger type of a worker gets the triggers of others, those from before too, and loses them with their owner',
    run: async ({ url }) => {
      const seen: unknown[] = [];
      await using early = await SdkPeer.connect(url, { name: 'early' });
      early.client.registerTrigger({ type: 'cron', function_id: 'f', config: { at: 1 } });
      await early.applied();
      await using provider = await SdkPeer.connect(url, { name: 'provider' });
      provider.client.registerTriggerType<unknown>(
        { id: 'cron', description: 'clock' },
        {
          registerTrigger: async ({ function_id, config }) => {
            seen.push(['+', function_id, config]);
          },
          unregisterTrigger: async () => {
            seen.push(['-']);
          },
        },
      );
      await until('the trigger', () => seen.length === 1);
      expect(seen).toEqual([['+', 'f', { at: 1 }]]);
      await early.client.shutdown();
      await until('its end', () => seen.length === 2);
    },
  },
  {
    id: 'S30',
    title:
      'a session with a prefix registers under it and calls nobody, and one for gateways calls and registers nothing',
    engine: { listeners },
    run: async ({ urls: [open = '', forWorkers = '', forGateways = ''] }) => {
      await using _authority = await authority(open);
      await using worker = await SdkPeer.connect(forWorkers, {
        name: 'worker-a',
        headers: { authorization: 'worker a' },
      });
      worker.client.registerFunction('generate', async () => 'mine');
      worker.client.registerFunction('infer::b::generate', async () => 'forged');
      await worker.applied();
      await using gateway = await SdkPeer.connect(forGateways, {
        name: 'gateway',
        headers: { authorization: 'gateway' },
      });
      gateway.client.registerFunction('infer::a::generate', async () => 'forged');
      await gateway.applied();
      expect(await gateway.call('infer::a::generate')).toBe('mine');
      expect(await gateway.failure('infer::b::generate')).toMatchObject({ code: 'function_not_found' });
      for (const id of ['infer::a::generate', 'engine::functions::list']) {
        expect(await worker.failure(id), id).toMatchObject({ code: 'FORBIDDEN' });
      }
      const listed = await gateway.list('engine::functions::list', 'functions');
      expect(listed.map(({ function_id }) => function_id)).toEqual([
        'infer::a::generate',
        'infer::a::infer::b::generate',
      ]);
    },
  },
  {
    id: 'S31',
    title:
      'a refused session tries again for ever, its calls time out, and headers that were changed let it in',
    engine: { listeners },
    run: async ({ urls: [open = '', forWorkers = ''] }) => {
      await using judge = await authority(open);
      const headers: Record<string, string> = { authorization: 'nobody' };
      await using refused = new SdkPeer(forWorkers, { name: 'worker-a', headers });
      refused.client.registerFunction('generate', async () => 'mine');
      expect(await refused.failure('engine::channels::create', {}, { timeoutMs: 100 })).toMatchObject({
        code: 'TIMEOUT',
      });
      headers.authorization = 'worker a';
      let code: unknown = 'TIMEOUT';
      // What is sent over a connection that will be refused is lost.
      for (let turn = 0; code === 'TIMEOUT' && turn < 50; turn += 1) {
        code = (await refused.failure('engine::channels::create', {}, { timeoutMs: 100 })).code;
      }
      expect(code).toBe('none');
      await refused.applied();
      expect(await judge.call('infer::a::generate')).toBe('mine');
    },
  },
];
