/** Wire cases D2, D8, D9: functions-available, and triggers that come and go by call. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { type Frame, hearGone, identify, listOf, RawPeer, watchWorkers } from './raw-peer.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const trigger = { trigger_type: 'cron', function_id: 'f', config: { at: 1 } };

export const triggerCallCases: readonly WireCase[] = [
  {
    id: 'D2',
    title:
      'functions-available fires within five seconds of a new id, with every function, and not for new metadata',
    passesTime: true,
    run: async ({ url, mode, pass }) => {
      await using watcher = await watchWorkers(url, { trigger_type: 'engine::functions-available' });
      await pass(6000);
      await watcher.take('invokefunction');
      await using worker = await RawPeer.connect(url);
      await identify(worker, 'wn');
      await worker.register('f', { metadata: { v: 1 } });
      await pass(5500);
      const { event, functions } = (await watcher.take('invokefunction')).data as {
        readonly event: string;
        readonly functions: readonly Frame[];
      };
      expect(event).toBe('functions_changed');
      const ids = functions.map(({ function_id }) => function_id);
      expect(ids).toEqual(expect.arrayContaining(['f', 'on-worker', 'engine::functions::list']));
      expect(functions.find(({ function_id }) => function_id === 'f')).toEqual({
        function_id: 'f',
        worker_name: 'wn',
        metadata: { v: 1 },
        ...(mode === '0.23' && { namespace: 'default' }),
      });
      await worker.register('f', { metadata: { v: 2 } });
      await pass(10_500);
      expect(await watcher.barrier()).toEqual([]);
    },
  },
  {
    id: 'D8',
    title: 'a trigger that is registered by a call has an id, needs no target and outlives its registrant',
    run: async ({ url }) => {
      await using watcher = await watchWorkers(url);
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      const { result } = await registrant.ask('engine::register_trigger', { ...trigger, metadata: { m: 1 } });
      const { id } = result as { readonly id: string };
      expect(result).toEqual({ id: expect.stringMatching(uuid) });
      registrant.reset();
      await hearGone(watcher, registrant);
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      expect(await provider.take('registertrigger')).toEqual({
        type: 'registertrigger',
        id,
        ...trigger,
        metadata: { m: 1 },
      });
    },
  },
  {
    id: 'D8',
    title:
      "where the type's owner does not answer, the call takes ten seconds and succeeds; a message never blocks",
    passesTime: true,
    run: async ({ url, pass }) => {
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await provider.barrier();
      registrant.send({ type: 'registertrigger', id: 'by-message', ...trigger });
      expect(await registrant.barrier()).toEqual([]);
      await provider.take('registertrigger');
      registrant.call('engine::register_trigger', trigger);
      await provider.take('registertrigger');
      await pass(9500);
      expect(await registrant.barrier()).toEqual([]);
      await pass(1000);
      expect((await registrant.take('invocationresult')).result).toEqual({ id: expect.stringMatching(uuid) });
    },
  },
  {
    id: 'D8',
    title: "the owner's word ends the wait, and its refusal the registration",
    run: async ({ url }) => {
      await using registrant = await RawPeer.connect(url);
      await using provider = await RawPeer.connect(url);
      provider.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await provider.barrier();
      const errors = [undefined, { code: 'bad', message: 'no such hour' }];
      for (const error of errors) {
        registrant.call('engine::register_trigger', trigger);
        const { id } = await provider.take('registertrigger');
        const answer = { id, trigger_type: 'cron', function_id: 'f' };
        provider.send({ type: 'triggerregistrationresult', ...answer, error });
        const { result, error: failure } = await registrant.take('invocationresult');
        expect([result, failure]).toEqual(
          error === undefined
            ? [{ id }, undefined]
            : [undefined, { code: 'trigger_registration_failed', message: 'bad: no such hour' }],
        );
      }
      const rows = await listOf(provider, 'engine::registered-triggers::list', {}, 'registered_triggers');
      expect(rows).toHaveLength(1);
    },
  },
  {
    id: 'D9',
    title: 'a trigger is removed by a call, which says whether there was one',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const { result } = await peer.ask('engine::register_trigger', {
        trigger_type: 'engine::workers-available',
        function_id: 'f',
        config: {},
      });
      const unregister = async (id: unknown) => (await peer.ask('engine::unregister_trigger', { id })).result;
      const { id } = result as { readonly id: string };
      expect(await unregister(id)).toEqual({ removed: true });
      expect(await unregister(id)).toEqual({ removed: false });
      expect(await unregister('never')).toEqual({ removed: false });
    },
  },
];
