/** Wire cases C1, C8, and what 0.23 adds to C4 and C5: who is known, and from when on. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { identify, listOf, RawPeer } from './raw-peer.ts';

export const discoveryCases: readonly WireCase[] = [
  {
    id: 'C1',
    title: 'a registration is not answered, and counts at once',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      expect(await worker.register('f', { metadata: { slots: 1 } })).toEqual([]);
      caller.call('f');
      await worker.take('invokefunction');
    },
  },
  {
    id: 'C8',
    title: 'without a prefix the functions of configuration are listed too, and the engine 38 in all',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const shown = await listOf(peer, 'engine::functions::list', {}, 'functions');
      expect(shown.map(({ function_id }) => function_id)).toEqual(
        ['get', 'list', 'register', 'schema', 'set'].map((name) => `configuration::${name}`),
      );
      const all = await listOf(peer, 'engine::functions::list', { include_internal: true }, 'functions');
      const ids = all.map(({ function_id }) => String(function_id));
      expect(ids).toHaveLength(38);
      expect(ids).toEqual(ids.toSorted());
      for (const id of ['engine::channels::create', 'engine::register_trigger', 'engine::workers::info']) {
        expect(ids).toContain(id);
      }
    },
  },
  {
    id: 'C4',
    title: 'with 0.23 the second worker of a name is told so and closed',
    modes: ['0.23'],
    run: async ({ url }) => {
      await using first = await RawPeer.connect(url);
      await using second = await RawPeer.connect(url);
      await identify(first, 'same');
      second.call('engine::workers::register', { name: 'same', pid: 8 });
      expect(await second.take('registrationrejected')).toEqual({
        type: 'registrationrejected',
        code: 'WORKER_NAMESPACE_CONFLICT',
        namespace: 'default',
        worker_name: 'same',
        owner_worker_id: first.id,
      });
      expect(await second.closed()).toBe(1005);
      const rows = await listOf(first, 'engine::workers::list', { search: 'same' }, 'workers');
      expect(rows.map(({ id }) => id)).toEqual([first.id]);
    },
  },
  {
    id: 'C4',
    title: 'with 0.23 the name of a worker that went is free, and one may say its own again',
    modes: ['0.23'],
    run: async ({ url }) => {
      await using first = await RawPeer.connect(url);
      await identify(first, 'same');
      expect((await identify(first, 'same')).result).toEqual({ success: true });
      await using second = await RawPeer.connect(url);
      second.send({ type: 'reattach', previous_worker_id: first.id, reattach_token: first.reattachToken });
      expect((await identify(second, 'same')).result).toEqual({ success: true });
    },
  },
  {
    id: 'C5',
    title: 'with 0.23 the registrations of a connection that never says who it is wait for five seconds',
    modes: ['0.23'],
    passesTime: true,
    engine: { registrationGraceMs: 5000 },
    run: async ({ url, pass }) => {
      await using worker = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await worker.register('f');
      await worker.register('g');
      worker.send({ type: 'unregisterfunction', id: 'g' });
      await worker.barrier();
      await pass(4500);
      expect((await caller.ask('f')).error).toMatchObject({ code: 'function_not_found' });
      await pass(1000);
      caller.call('f');
      await worker.take('invokefunction');
      expect((await caller.ask('g')).error).toMatchObject({ code: 'function_not_found' });
    },
  },
  {
    id: 'C5',
    title: 'with 0.23 they count as soon as it says who it is',
    modes: ['0.23'],
    passesTime: true,
    engine: { registrationGraceMs: 5000 },
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await worker.register('f');
      expect((await caller.ask('f')).error).toMatchObject({ code: 'function_not_found' });
      await identify(worker, 'wn');
      caller.call('f');
      await worker.take('invokefunction');
    },
  },
];
