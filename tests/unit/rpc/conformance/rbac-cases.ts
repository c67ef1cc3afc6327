/** Wire cases F: a listener with rbac. The first listener is open, the second asks `auth::check`. */
import { expect } from 'vitest';
import type { EngineListener } from '../../../../src/rpc/engine/listener-runtime.ts';
import { until } from '../until.ts';
import type { WireCase } from './case.ts';
import {
  type Frame,
  hearGone,
  identify,
  listOf,
  RawPeer,
  RawSocket,
  type TestEngine,
  watchWorkers,
} from './raw-peer.ts';

const listeners: readonly EngineListener[] = [
  { port: 0, host: '127.0.0.1' },
  { port: 0, host: '127.0.0.1', rbac: { authFunctionId: 'auth::check', exposeFunctions: ['open::*'] } },
];

/** The auth function, answering every question with `answer`; undefined leaves it unanswered. */
async function authority({ urls: [url = ''] }: TestEngine, answer: Frame | undefined): Promise<RawPeer> {
  const peer = await RawPeer.connect(url);
  await peer.register('auth::check');
  peer.socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    if (frame.type === 'invokefunction' && answer !== undefined) peer.answer(frame, answer);
  });
  return peer;
}

async function refusal({ urls: [, url = ''] }: TestEngine): Promise<unknown> {
  await using socket = await new RawSocket(url).opened();
  const code = await socket.closed();
  return { code, frames: socket.messages.map(({ data }) => JSON.parse(data)) };
}

function refusedWith(message: unknown) {
  return { code: 1005, frames: [{ type: 'error', error: { code: 'AUTH_ERROR', message } }] };
}

const notExposed = (id: string) => ({
  code: 'FORBIDDEN',
  message: `function '${id}' not allowed (add to rbac.expose_functions)`,
});

export const rbacCases: readonly WireCase[] = [
  {
    id: 'F1',
    title: 'without its auth function a listener lets nobody in',
    engine: { listeners },
    run: async (engine) => {
      expect(await refusal(engine)).toEqual(
        refusedWith(expect.stringMatching(/^Function auth::check not found/)),
      );
    },
  },
  {
    id: 'F2',
    title:
      'an auth function that fails or answers nonsense refuses, and an empty object accepts with defaults',
    engine: { listeners },
    run: async (engine) => {
      const refusals = [
        [{ error: { code: 'invocation_failed', message: 'no' } }, 'no'],
        [{ result: null }, 'auth function returned no result'],
        [{ result: 'yes' }, 'invalid type: string "yes", expected struct AuthResult'],
        [{ result: { allowed_functions: 'all' } }, expect.stringContaining('invalid type: string "all"')],
      ] as const;
      for (const [answer, message] of refusals) {
        await using _authority = await authority(engine, answer);
        expect(await refusal(engine)).toEqual(refusedWith(message));
      }
      await using _authority = await authority(engine, { result: {} });
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      await peer.register('f');
      peer.send({ type: 'registertriggertype', id: 'cron', description: 'clock' });
      await using stranger = await RawPeer.connect(engine.url);
      stranger.send({ type: 'registertrigger', id: 't', trigger_type: 'cron', function_id: 'f', config: {} });
      stranger.call('f');
      await peer.take('invokefunction');
      expect((await peer.barrier()).filter(({ type }) => type === 'registertrigger')).toEqual([]);
    },
  },
  {
    id: 'F3',
    title: 'the auth function sees headers, address and query of the connection',
    engine: { listeners },
    run: async (engine) => {
      await using judge = await authority(engine, { result: {} });
      await using _peer = await RawPeer.connect(`${engine.urls[1]}/?tok=1&tok=2&k=v`);
      const { data } = await judge.take('invokefunction');
      expect(data).toEqual({
        headers: expect.objectContaining({ 'sec-websocket-key': expect.any(String) }),
        ip_address: '127.0.0.1',
        query_params: { k: ['v'], tok: ['1', '2'] },
      });
    },
  },
  {
    id: 'F4',
    title: 'nothing is answered while the auth function thinks, and afterwards what was sent meanwhile is',
    engine: { listeners },
    run: async (engine) => {
      await using judge = await authority(engine, undefined);
      await using socket = await new RawSocket(engine.urls[1] ?? '').opened();
      const question = await judge.take('invokefunction');
      socket.socket.send('{"type":"ping"}');
      socket.socket.ping();
      await judge.barrier();
      expect([socket.messages.length, socket.pongs]).toEqual([0, 0]);
      judge.answer(question, { result: {} });
      const messages = await socket.received(2);
      expect(messages.map(({ data }) => JSON.parse(data).type)).toEqual(['workerregistered', 'pong']);
    },
  },
  {
    id: 'F5',
    title:
      'a call that the listener does not expose is FORBIDDEN before it is looked up, void and enqueued too',
    engine: { listeners },
    run: async (engine) => {
      await using _judge = await authority(engine, { result: { forbidden_functions: ['open::not'] } });
      await using worker = await RawPeer.connect(engine.url);
      await worker.register('hidden::f');
      await worker.register('open::f');
      await worker.register('open::not');
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      expect((await peer.ask('hidden::f')).error).toEqual(notExposed('hidden::f'));
      expect((await peer.ask('nobody')).error).toEqual(notExposed('nobody'));
      expect((await peer.ask('open::not')).error).toEqual({
        code: 'FORBIDDEN',
        message: "function 'open::not' not allowed (remove from rbac.forbidden_functions)",
      });
      for (const action of [{ type: 'void' }, { type: 'enqueue', queue: 'q' }]) {
        peer.send({ type: 'invokefunction', function_id: 'hidden::f', data: {}, action });
        expect((await peer.take('invocationresult')).error).toEqual(notExposed('hidden::f'));
      }
      expect(await worker.barrier()).toEqual([]);
      peer.call('open::f');
      await worker.take('invokefunction');
      for (const id of ['engine::channels::create', 'engine::workers::register']) {
        expect((await peer.ask(id)).error, id).toBeUndefined();
      }
      expect((await peer.ask('engine::functions::list')).error).toEqual(
        notExposed('engine::functions::list'),
      );
    },
  },
  {
    id: 'F6',
    title: 'allowed_functions are exact ids, never patterns',
    engine: { listeners },
    run: async (engine) => {
      await using _judge = await authority(engine, {
        result: { allowed_functions: ['wild::*', 'exact::f'] },
      });
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      expect((await peer.ask('wild::a')).error).toEqual(notExposed('wild::a'));
      expect((await peer.ask('exact::f')).error).toMatchObject({ code: 'function_not_found' });
    },
  },
  {
    id: 'F7',
    title:
      'with a registration prefix a session can claim nothing outside it, and is called by its short ids',
    engine: { listeners },
    run: async (engine) => {
      const rights = { function_registration_prefix: 'infer::a' };
      await using _judge = await authority(engine, { result: rights });
      await using worker = await RawPeer.connect(engine.urls[1] ?? '');
      await worker.register('generate');
      await worker.register('infer::b::x');
      await using caller = await RawPeer.connect(engine.url);
      const { result } = await caller.ask('engine::functions::list', { prefix: 'infer::' });
      expect(
        (result as { functions: readonly Frame[] }).functions.map(({ function_id }) => function_id),
      ).toEqual(['infer::a::generate', 'infer::a::infer::b::x']);
      caller.call('infer::a::generate');
      const call = await worker.take('invokefunction');
      expect(call.function_id).toBe('generate');
      worker.answer(call);
      expect(await caller.take('invocationresult')).toMatchObject({ function_id: 'infer::a::generate' });
      for (const id of ['generate', 'infer::a::generate']) {
        expect((await worker.ask(id)).error).toEqual(notExposed(id));
      }
      worker.send({ type: 'unregisterfunction', id: 'generate' });
      await worker.barrier();
      expect((await caller.ask('infer::a::generate')).error).toMatchObject({ code: 'function_not_found' });
    },
  },
  {
    id: 'F8',
    title: 'a registration or a trigger that is not allowed is dropped without a frame',
    engine: { listeners },
    run: async (engine) => {
      const rights = { allow_function_registration: false, allowed_trigger_types: [] };
      await using _judge = await authority(engine, { result: rights });
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      expect(await peer.register('open::f')).toEqual([]);
      expect((await peer.ask('open::f')).error).toMatchObject({ code: 'function_not_found' });
      await using watched = await watchWorkers(engine.urls[1] ?? '');
      await using _other = await RawPeer.connect(engine.url);
      expect(await watched.barrier()).toEqual([]);
    },
  },
  {
    id: 'F9',
    title: 'a session is shown only the functions that it may call, and every worker',
    engine: { listeners },
    run: async (engine) => {
      const rights = { allowed_functions: ['engine::functions::list', 'engine::workers::list'] };
      await using _judge = await authority(engine, { result: rights });
      await using worker = await RawPeer.connect(engine.url);
      await worker.register('hidden::f');
      await worker.register('open::f');
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      const { result } = await peer.ask('engine::functions::list');
      const { functions } = result as { readonly functions: readonly Frame[] };
      expect(functions.map(({ function_id }) => function_id)).toEqual(['open::f']);
      await identify(worker, 'wn');
      const workers = await listOf(peer, 'engine::workers::list', { search: 'wn' }, 'workers');
      expect(workers.map(({ id }) => id)).toEqual([worker.id]);
    },
  },
  {
    id: 'F10',
    title: 'a session that may bind triggers can make the engine run a function that it may not call',
    engine: { listeners },
    run: async (engine) => {
      await using _judge = await authority(engine, { result: {} });
      await using worker = await RawPeer.connect(engine.url);
      await worker.register('hidden::f');
      await using _peer = await watchWorkers(engine.urls[1] ?? '', { function_id: 'hidden::f' });
      await using _other = await RawPeer.connect(engine.url);
      expect((await worker.take('invokefunction')).function_id).toBe('hidden::f');
    },
  },
  {
    id: 'F10',
    title: 'with a prefix it cannot, for the target is prefixed too',
    engine: { listeners },
    run: async (engine) => {
      const rights = { function_registration_prefix: 'infer::a' };
      await using _judge = await authority(engine, { result: rights });
      await using worker = await RawPeer.connect(engine.url);
      await worker.register('hidden::f');
      await using watcher = await watchWorkers(engine.urls[1] ?? '', { function_id: 'hidden::f' });
      await using _other = await RawPeer.connect(engine.url);
      expect([await worker.barrier(), await watcher.barrier()]).toEqual([[], []]);
    },
  },
  {
    id: 'F11',
    title: 'a session without a prefix can take the auth function over, and when it goes nobody is let in',
    modes: ['0.22'],
    engine: { listeners },
    run: async (engine) => {
      await using judge = await authority(engine, { result: {} });
      await using usurper = await RawPeer.connect(engine.urls[1] ?? '');
      await usurper.register('auth::check');
      await using socket = await new RawSocket(engine.urls[1] ?? '').opened();
      usurper.answer(await usurper.take('invokefunction'), { result: {} });
      await socket.received(1);
      await using watcher = await watchWorkers(engine.url);
      usurper.reset();
      await hearGone(watcher, usurper);
      expect(await refusal(engine)).toMatchObject({ code: 1005 });
      await judge.register('auth::check');
      await using _peer = await RawPeer.connect(engine.urls[1] ?? '');
    },
  },
  {
    id: 'F14',
    title: 'a telemetry connection without credentials is refused too',
    engine: { listeners },
    run: async ({ urls: [, url = ''] }) => {
      await using socket = await new RawSocket(`${url}/otel`).opened();
      await until('the refusal', () => socket.messages.length === 1);
      expect(socket.messages[0]?.data).toContain('AUTH_ERROR');
      expect(await socket.closed()).toBe(1005);
    },
  },
];
