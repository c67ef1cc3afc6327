/** Wire cases C: registration, discovery, identity. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { hearGone, identify, listOf, RawPeer, watchWorkers } from './raw-peer.ts';

const notFound = { code: 'function_not_found' };

export const registryCases: readonly WireCase[] = [
  {
    id: 'C2',
    title: 'a second registration by the same connection replaces the first',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      expect(await worker.register('f', { metadata: { v: 1 } })).toEqual([]);
      expect(await worker.register('f', { metadata: { v: 2 } })).toEqual([]);
      const [row] = await listOf(worker, 'engine::functions::list', { prefix: 'f' }, 'functions');
      expect(row?.metadata).toEqual({ v: 2 });
    },
  },
  {
    id: 'C3',
    title: 'the last registration of an id wins, only its owner can end it, and nobody inherits it',
    modes: ['0.22'],
    run: async ({ url }) => {
      await using a = await RawPeer.connect(url);
      await using b = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await a.register('f');
      expect(await b.register('f')).toEqual([]);
      caller.call('f');
      await b.take('invokefunction');
      a.send({ type: 'unregisterfunction', id: 'f' });
      await a.barrier();
      caller.call('f');
      await b.take('invokefunction');
      await a.register('f');
      b.send({ type: 'unregisterfunction', id: 'f' });
      await b.barrier();
      caller.call('f');
      await a.take('invokefunction');
      a.reset();
      await caller.take('invocationresult');
      expect((await caller.ask('f')).error).toMatchObject(notFound);
    },
  },
  {
    id: 'C3',
    title: 'with 0.23 semantics the first keeps the id, and the second is told',
    modes: ['0.23'],
    run: async ({ url }) => {
      await using a = await RawPeer.connect(url);
      await using b = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await a.register('f');
      await b.register('f');
      expect(await b.take('registrationrejected')).toEqual({
        type: 'registrationrejected',
        code: 'FUNCTION_NAMESPACE_CONFLICT',
        namespace: 'default',
        function_id: 'f',
        owner_worker_id: a.id,
      });
      caller.call('f');
      await a.take('invokefunction');
      a.reset();
      await caller.take('invocationresult');
      expect((await caller.ask('f')).error).toMatchObject(notFound);
    },
  },
  {
    id: 'C4',
    title: 'two workers of one name are both listed, and info gives one of them',
    modes: ['0.22'],
    run: async ({ url }) => {
      await using a = await RawPeer.connect(url);
      await using b = await RawPeer.connect(url);
      await identify(a, 'same');
      await identify(b, 'same');
      const listed = await listOf(a, 'engine::workers::list', { search: 'same' }, 'workers');
      expect(listed.map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
      const { result } = await a.ask('engine::workers::info', { name: 'same' });
      expect([a.id, b.id]).toContain((result as { readonly worker: { readonly id: string } }).worker.id);
    },
  },
  {
    id: 'C5',
    title:
      'a connection that never says who it is serves, is listed by the first segment of its id, and has no row',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await worker.register('part::f');
      caller.call('part::f');
      await worker.take('invokefunction');
      const [row] = await listOf(caller, 'engine::functions::list', { prefix: 'part::' }, 'functions');
      expect(row?.worker_name).toBe('part');
      const listed = await listOf(caller, 'engine::workers::list', {}, 'workers');
      expect(listed.filter(({ runtime }) => runtime !== 'engine')).toEqual([]);
    },
  },
  {
    id: 'C6',
    title: 'a connection can identify nobody but itself',
    run: async ({ url }) => {
      await using a = await RawPeer.connect(url);
      await using b = await RawPeer.connect(url);
      await identify(b, 'b');
      const forged = { name: 'forged', pid: 1, _caller_worker_id: b.id };
      expect((await a.ask('engine::workers::register', forged)).result).toEqual({ success: true });
      const listed = await listOf(a, 'engine::workers::list', {}, 'workers');
      expect(listed.find(({ id }) => id === b.id)?.name).toBe('b');
      expect(listed.find(({ id }) => id === a.id)?.name).toBe('forged');
    },
  },
  {
    id: 'C7',
    title: 'the list of functions is sorted, filtered by prefix, and silent about what was not given',
    run: async ({ url, mode }) => {
      await using worker = await RawPeer.connect(url);
      await identify(worker, 'wn');
      const always = { worker_name: 'wn', ...(mode === '0.23' && { namespace: 'default' }) };
      await worker.register('p::g');
      await worker.register('p::f', { description: 'what', metadata: { slots: 2 } });
      await worker.register('q::f');
      expect(await listOf(worker, 'engine::functions::list', { prefix: 'p::' }, 'functions')).toEqual([
        { function_id: 'p::f', ...always, description: 'what', metadata: { slots: 2 } },
        { function_id: 'p::g', ...always },
      ]);
      const all = await listOf(worker, 'engine::functions::list', {}, 'functions');
      expect(all.some(({ function_id }) => String(function_id).startsWith('engine::'))).toBe(false);
      const internal = await listOf(
        worker,
        'engine::functions::list',
        { include_internal: true },
        'functions',
      );
      expect(internal.map(({ function_id }) => function_id)).toContain('engine::functions::list');
    },
  },
  {
    id: 'C9',
    title: 'a wrong argument of an engine function is a deserialization_error',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      expect((await peer.ask('engine::functions::list', { prefix: 5 })).error).toEqual({
        code: 'deserialization_error',
        message:
          'Failed to deserialize input for engine::functions::list: invalid type: integer `5`, expected a string',
      });
      for (const [functionId, input] of [
        ['engine::functions::list', null],
        ['engine::workers::info', {}],
        ['engine::workers::list', 'text'],
        ['engine::health::check', null],
      ] as const) {
        const { error } = await peer.ask(functionId, input);
        expect(error, functionId).toMatchObject({ code: 'deserialization_error' });
      }
    },
  },
  {
    id: 'C10',
    title: 'functions::info describes one function or several, and says which are unknown',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await worker.register('f', { description: 'what', request_format: { type: 'object' } });
      expect((await worker.ask('engine::functions::info', { function_id: 'f' })).result).toMatchObject({
        function_id: 'f',
        description: 'what',
        request_schema: { type: 'object' },
        registered_triggers: [],
      });
      expect((await worker.ask('engine::functions::info', { function_id: 'zz' })).error).toEqual({
        code: 'NOT_FOUND',
        message: "Function 'zz' is not registered.",
      });
      const both = await listOf(
        worker,
        'engine::functions::info',
        { function_ids: ['f', 'zz'] },
        'functions',
      );
      expect(both[1]).toEqual({ function_id: 'zz', error: 'not_found' });
    },
  },
  {
    id: 'C11',
    title: 'the list of workers shows each that has a pid, with nulls, and five rows of the engine itself',
    run: async ({ url, mode }) => {
      await using worker = await RawPeer.connect(url);
      await identify(worker, 'wn');
      await worker.register('f');
      const listed = await listOf(worker, 'engine::workers::list', {}, 'workers');
      expect(listed.find(({ id }) => id === worker.id)).toEqual({
        id: worker.id,
        name: 'wn',
        description: null,
        version: '1',
        runtime: 'node',
        os: 'linux',
        status: 'connected',
        function_count: 1,
        connected_at_ms: expect.any(Number),
        active_invocations: 1,
        isolation: null,
        ip_address: '127.0.0.1',
        ...(mode === '0.23' && { namespace: 'default' }),
      });
      const own = listed.filter(({ runtime }) => runtime === 'engine');
      expect(own).toHaveLength(5);
      for (const { id, name, status, isolation } of own) {
        expect([name, status, isolation]).toEqual([id, 'available', 'in-process']);
      }
    },
  },
  {
    id: 'C12',
    title: 'workers::info describes a worker by name, and says when there is none',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await identify(worker, 'wn');
      await worker.register('f');
      expect((await worker.ask('engine::workers::info', { name: 'wn' })).result).toMatchObject({
        worker: { id: worker.id, pid: 7, internal: false },
        functions: [{ function_id: 'f', worker_name: 'wn' }],
        trigger_types: [],
        registered_triggers: [],
      });
      expect((await worker.ask('engine::workers::info', { name: 'zz' })).error).toEqual({
        code: 'NOT_FOUND',
        message: "Worker 'zz' is not connected.",
      });
    },
  },
  {
    id: 'C13',
    title: 'a worker can take an engine function over, which then dies with it',
    run: async ({ url }) => {
      await using caller = await RawPeer.connect(url);
      await using worker = await RawPeer.connect(url);
      await worker.register('engine::triggers::info');
      caller.call('engine::triggers::info');
      worker.answer(await worker.take('invokefunction'), { result: 'mine' });
      expect((await caller.take('invocationresult')).result).toBe('mine');
      await using watcher = await watchWorkers(url);
      worker.reset();
      await hearGone(watcher, worker);
      expect((await caller.ask('engine::triggers::info')).error).toMatchObject(notFound);
    },
  },
  {
    id: 'C14',
    title: 'an HTTP function is not registered',
    run: async ({ url }) => {
      await using worker = await RawPeer.connect(url);
      await worker.register('h', { invocation: { url: 'http://127.0.0.1:1/' } });
      expect((await worker.ask('h')).error).toMatchObject(notFound);
    },
  },
  {
    id: 'C15',
    title: 'a reattach with a wrong token, without one, malformed or of oneself is ignored',
    run: async ({ url }) => {
      await using old = await RawPeer.connect(url);
      await using peer = await RawPeer.connect(url);
      peer.send({ type: 'reattach', previous_worker_id: old.id, reattach_token: peer.reattachToken });
      peer.send({ type: 'reattach', previous_worker_id: old.id });
      peer.send({ type: 'reattach', previous_worker_id: 'nonsense', reattach_token: old.reattachToken });
      peer.send({ type: 'reattach', previous_worker_id: peer.id, reattach_token: peer.reattachToken });
      expect(await peer.barrier()).toEqual([]);
      expect(await old.barrier()).toEqual([]);
    },
  },
  {
    id: 'C16',
    title: 'a reattach with the right token ends the old connection, and then the new registrations apply',
    run: async ({ url }) => {
      await using old = await RawPeer.connect(url);
      await using caller = await RawPeer.connect(url);
      await old.register('f');
      caller.call('f');
      await old.take('invokefunction');
      await using peer = await RawPeer.connect(url);
      peer.send({ type: 'reattach', previous_worker_id: old.id, reattach_token: old.reattachToken });
      await peer.register('f');
      expect((await caller.take('invocationresult')).error).toMatchObject({ code: 'invocation_stopped' });
      expect(await old.closed()).toBe(1006);
      caller.call('f');
      await peer.take('invokefunction');
    },
  },
];
