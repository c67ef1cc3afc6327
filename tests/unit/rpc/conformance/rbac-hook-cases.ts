/** Wire cases F12 and F13: middleware and registration hooks. The second listener has them, the first nothing. */
import { expect } from 'vitest';
import type { EngineListener } from '../../../../src/rpc/engine/listener-runtime.ts';
import type { CaseEngine, WireCase } from './case.ts';
import { type Frame, RawPeer } from './raw-peer.ts';

const auth = { authFunctionId: 'auth::check' };
const open: EngineListener = { port: 0, host: '127.0.0.1' };
const withMiddleware: readonly EngineListener[] = [
  open,
  { ...open, middlewareFunctionId: 'guard::all', rbac: { ...auth, exposeFunctions: ['t::*'] } },
];
const withHook: readonly EngineListener[] = [
  open,
  { ...open, rbac: { ...auth, exposeFunctions: ['t::*'], onFunctionRegistrationFunctionId: 'hook::f' } },
];

/** Serves `auth::check`, which lets everybody in, and `functionId`, which the case answers. */
async function guardian({ url }: CaseEngine, functionId: string): Promise<RawPeer> {
  const peer = await RawPeer.connect(url);
  await peer.register('auth::check');
  await peer.register(functionId);
  peer.socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    if (frame.function_id === 'auth::check') peer.answer(frame, { result: { context: { who: 'a' } } });
  });
  return peer;
}

const callOf = (functionId: string) => (frame: Frame) => frame.function_id === functionId;

export const rbacHookCases: readonly WireCase[] = [
  {
    id: 'F12',
    title: "middleware is asked instead of the function, and its result is the call's",
    engine: { listeners: withMiddleware },
    run: async (engine) => {
      await using guard = await guardian(engine, 'guard::all');
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      await using target = await RawPeer.connect(engine.url);
      await target.register('t::x');
      const id = peer.call('t::x', { b: 1 }, { metadata: { m: 1 } });
      const asked = await guard.take('invokefunction', callOf('guard::all'));
      expect(asked).toMatchObject({
        data: { function_id: 't::x', payload: { b: 1 }, action: null, context: { who: 'a' } },
        metadata: { m: 1 },
      });
      guard.answer(asked, { result: 'instead' });
      expect(await peer.take('invocationresult')).toEqual({
        type: 'invocationresult',
        invocation_id: id,
        function_id: 't::x',
        result: 'instead',
      });
      expect(await target.barrier()).toEqual([]);
    },
  },
  {
    id: 'F12',
    title:
      'it is asked about functions that nobody has and about void calls, which get a result; not about engine::*',
    engine: { listeners: withMiddleware },
    run: async (engine) => {
      await using guard = await guardian(engine, 'guard::all');
      await using peer = await RawPeer.connect(engine.urls[1] ?? '');
      const action = { type: 'void' };
      const id = peer.call('t::nobody', {}, { action });
      const asked = await guard.take('invokefunction', callOf('guard::all'));
      expect(asked.data).toMatchObject({ function_id: 't::nobody', action });
      guard.answer(asked, { error: { code: 'no', message: 'not today' } });
      expect(await peer.take('invocationresult')).toMatchObject({
        invocation_id: id,
        error: { code: 'no', message: 'not today' },
      });
      expect((await peer.ask('engine::channels::create')).error).toBeUndefined();
      expect((await guard.barrier()).filter(callOf('guard::all'))).toEqual([]);
    },
  },
  {
    id: 'F13',
    title: 'a registration hook is asked, may rename, and refuses silently by anything but an object',
    engine: { listeners: withHook },
    run: async (engine) => {
      await using hook = await guardian(engine, 'hook::f');
      await using worker = await RawPeer.connect(engine.urls[1] ?? '');
      await using caller = await RawPeer.connect(engine.url);
      const decide = async (result: unknown) => {
        const asked = await hook.take('invokefunction', callOf('hook::f'));
        hook.answer(asked, { result });
        return asked.data;
      };
      const register = (id: string) => worker.register(id, { description: 'what', metadata: { v: 1 } });
      const [heard, question] = await Promise.all([register('short'), decide({ function_id: 't::long' })]);
      expect(heard).toEqual([]);
      expect(question).toEqual({
        function_id: 'short',
        description: 'what',
        metadata: { v: 1 },
        context: { who: 'a' },
      });
      caller.call('t::long');
      expect((await worker.take('invokefunction')).function_id).toBe('t::long');
      for (const refusal of [false, 'no', null]) {
        expect((await Promise.all([register('other'), decide(refusal)]))[0]).toEqual([]);
      }
      for (const id of ['short', 'other']) {
        expect((await caller.ask(id)).error, id).toMatchObject({ code: 'function_not_found' });
      }
    },
  },
  {
    id: 'F13',
    title: 'while the hook thinks, what the connection sends waits in its order',
    engine: { listeners: withHook },
    run: async (engine) => {
      await using hook = await guardian(engine, 'hook::f');
      await using worker = await RawPeer.connect(engine.urls[1] ?? '');
      worker.send({ type: 'registerfunction', id: 'a' });
      worker.send({ type: 'ping' });
      worker.send({ type: 'registerfunction', id: 'b' });
      worker.send({ type: 'ping' });
      for (const id of ['a', 'b']) {
        const asked = await hook.take('invokefunction', callOf('hook::f'));
        expect(asked.data).toMatchObject({ function_id: id });
        await hook.barrier();
        expect(worker.messages.filter(({ data }) => data.includes('pong'))).toHaveLength(id === 'a' ? 0 : 1);
        hook.answer(asked, { result: {} });
      }
      await worker.take('pong');
      await worker.take('pong');
    },
  },
];
