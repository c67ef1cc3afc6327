/** Wire cases D: triggers. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { identify, listOf, RawPeer, watchWorkers } from './raw-peer.ts';

export const triggerCases: readonly WireCase[] = [
  {
    id: 'D1',
    title: 'workers-available fires when a worker connects, says who it is, and disconnects',
    run: async ({ url }) => {
      await using watcher = await watchWorkers(url, { metadata: { tag: 1 } });
      expect(await watcher.barrier()).toEqual([]);
      await using worker = await RawPeer.connect(url);
      const connected = await watcher.take('invokefunction');
      expect(connected).toMatchObject({ function_id: 'on-worker', metadata: { tag: 1 } });
      expect(connected.data).toEqual({ event: 'worker_connected', worker_id: worker.id });
      await identify(worker, 'wn');
      const event = async () => (await watcher.take('invokefunction')).data;
      expect(await event()).toEqual({ event: 'worker_metadata_updated', worker_id: worker.id });
      worker.reset();
      expect(await event()).toEqual({ event: 'worker_disconnected', worker_id: worker.id });
    },
  },
  {
    id: 'D3',
    title: 'a trigger of an unknown type waits for the worker that provides the type',
    run: async ({ url }) => {
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      const trigger = {
        id: 't',
        trigger_type: 'cron',
        function_id: 'f',
        config: { at: 1 },
        metadata: { m: 1 },
      };
      registrant.send({ type: 'registertrigger', ...trigger });
      expect(await registrant.barrier()).toEqual([]);
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      expect(await provider.take('registertrigger')).toEqual({ type: 'registertrigger', ...trigger });
    },
  },
  {
    id: 'D4',
    title:
      "a provider's refusal reaches the registrant, its consent nobody, and a refused trigger is offered again",
    run: async ({ url }) => {
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      const result = { type: 'triggerregistrationresult', id: 't', trigger_type: 'cron', function_id: 'f' };
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await provider.barrier();
      registrant.send({
        type: 'registertrigger',
        id: 't',
        trigger_type: 'cron',
        function_id: 'f',
        config: {},
      });
      await provider.take('registertrigger');
      provider.send(result);
      await provider.barrier();
      expect(await registrant.barrier()).toEqual([]);
      const error = { code: 'trigger_registration_failed', message: 'no' };
      await using stranger = await RawPeer.connect(url);
      stranger.send({ ...result, error });
      await stranger.barrier();
      expect(await registrant.barrier()).toEqual([]);
      provider.send({ ...result, error });
      expect(await registrant.take('triggerregistrationresult')).toEqual({ ...result, error });
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await provider.take('registertrigger');
    },
  },
  {
    id: 'D5',
    title: 'the triggers of a registrant that dies are taken back from their provider',
    run: async ({ url }) => {
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      registrant.send({
        type: 'registertrigger',
        id: 't',
        trigger_type: 'cron',
        function_id: 'f',
        config: {},
      });
      await registrant.barrier();
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await provider.take('registertrigger');
      const list = 'engine::registered-triggers::list';
      expect(await listOf(provider, list, {}, 'registered_triggers')).toHaveLength(1);
      registrant.reset();
      expect(await provider.take('unregistertrigger')).toEqual({
        type: 'unregistertrigger',
        id: 't',
        trigger_type: 'cron',
      });
      expect(await listOf(provider, list, {}, 'registered_triggers')).toEqual([]);
    },
  },
  {
    id: 'D6',
    title: 'any connection can remove the trigger of another',
    run: async ({ url }) => {
      await using stranger = await RawPeer.connect(url);
      await using registrant = await watchWorkers(url, { id: 't' });
      stranger.send({ type: 'unregistertrigger', id: 't' });
      await stranger.barrier();
      await using _worker = await RawPeer.connect(url);
      expect(await registrant.barrier()).toEqual([]);
    },
  },
  {
    id: 'D7',
    title: 'a second trigger under one id replaces the first',
    run: async ({ url }) => {
      await using watcher = await RawPeer.connect(url);
      for (const functionId of ['first', 'second']) {
        await watcher.register(functionId);
        watcher.send({
          type: 'registertrigger',
          id: 't',
          trigger_type: 'engine::workers-available',
          function_id: functionId,
          config: {},
        });
      }
      await watcher.barrier();
      await using _worker = await RawPeer.connect(url);
      expect((await watcher.take('invokefunction')).function_id).toBe('second');
      expect(await watcher.barrier()).toEqual([]);
    },
  },
];
