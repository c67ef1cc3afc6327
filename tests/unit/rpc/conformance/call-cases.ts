/** Wire cases B1 to B15: what a call and its result look like. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { pair } from './pair.ts';
import { type Frame, RawPeer } from './raw-peer.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function errorOf(frame: Frame): unknown {
  return frame.error;
}

export const callCases: readonly WireCase[] = [
  {
    id: 'B1',
    title:
      'a call reaches its worker with the caller named and keys sorted at every level, and its result comes back',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      const id = caller.call('f', { z: { b: 1, a: [{ d: 1, c: 2 }] }, 10: 1, 9: 2 });
      const call = await worker.take('invokefunction');
      expect(call).toEqual({
        type: 'invokefunction',
        invocation_id: id,
        function_id: 'f',
        data: { _caller_worker_id: caller.id, z: { a: [{ c: 2, d: 1 }], b: 1 }, 9: 2, 10: 1 },
      });
      expect(worker.messages.at(-1)?.data).toContain(
        `"data":{"10":1,"9":2,"_caller_worker_id":"${caller.id}","z":{"a":[{"c":2,"d":1}],"b":1}}`,
      );
      worker.answer(call, { result: { y: 1 } });
      expect(await caller.take('invocationresult')).toEqual({
        type: 'invocationresult',
        invocation_id: id,
        function_id: 'f',
        result: { y: 1 },
      });
    },
  },
  {
    id: 'B2',
    title: 'trace and metadata reach the worker, and the caller gets its own trace back',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f', {}, { traceparent: '00-a-b-01', baggage: 'k=v', metadata: { m: 1 } });
      const call = await worker.take('invokefunction');
      expect(call).toMatchObject({
        traceparent: '00-a-b-01',
        baggage: 'k=v,iii.function.id=f',
        metadata: { m: 1 },
      });
      worker.answer(call);
      const result = await caller.take('invocationresult');
      expect(result).toMatchObject({ traceparent: '00-a-b-01', baggage: 'k=v' });
      expect(result).not.toHaveProperty('metadata');
    },
  },
  {
    id: 'B3',
    title: 'data that is no object passes untouched, and a forged caller is overwritten',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (const data of [[1, { b: 1 }], 'text', 5, false]) {
        caller.call('f', data);
        expect((await worker.take('invokefunction')).data).toEqual(data);
      }
      caller.call('f', { _caller_worker_id: 'somebody' });
      expect((await worker.take('invokefunction')).data).toEqual({ _caller_worker_id: caller.id });
    },
  },
  {
    id: 'B4',
    title: 'data of null is delivered as null',
    run: async (engine) => {
      await using peers = await pair(engine);
      peers.caller.call('f', null);
      expect(await peers.worker.take('invokefunction')).toHaveProperty('data', null);
    },
  },
  {
    id: 'B5',
    title: 'a call without data is neither delivered nor answered',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f', {}, { data: undefined });
      expect(await caller.barrier()).toEqual([]);
      expect(await worker.barrier()).toEqual([]);
    },
  },
  {
    id: 'B6',
    title: 'a call without an id runs under a fresh one and is not answered',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (const more of [{}, { invocation_id: null }]) {
        caller.send({ type: 'invokefunction', function_id: 'f', data: {}, ...more });
        const call = await worker.take('invokefunction');
        expect(call.invocation_id).toMatch(uuid);
        worker.answer(call);
      }
      caller.send({ type: 'invokefunction', function_id: 'nobody', data: {} });
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B7',
    title: 'an id that is no UUID is ignored, and an upper-case one is answered in lower case',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f', {}, { invocation_id: 'abc' });
      caller.call('f', {}, { invocation_id: 'ABCDEF00-0000-4000-8000-000000000001' });
      worker.answer(await worker.take('invokefunction'));
      expect((await caller.take('invocationresult')).invocation_id).toBe(
        'abcdef00-0000-4000-8000-000000000001',
      );
      expect(await worker.barrier()).toEqual([]);
    },
  },
  {
    id: 'B8',
    title: 'an unknown function is answered with function_not_found',
    run: async ({ url, mode }) => {
      await using caller = await RawPeer.connect(url);
      expect(errorOf(await caller.ask('f'))).toEqual({
        code: 'function_not_found',
        message: `Function f not found${mode === '0.23' ? ' in namespace default.' : ''}`,
      });
    },
  },
  {
    id: 'B9',
    title: 'a void call runs under another id and is never answered',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      const id = caller.call('f', {}, { action: { type: 'void' } });
      const call = await worker.take('invokefunction');
      expect(call.invocation_id).not.toBe(id);
      worker.answer(call);
      caller.call('nobody', {}, { action: { type: 'void' } });
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B10',
    title: 'without a queue provider an enqueue fails, whatever its target',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (const target of ['f', 'nobody']) {
        caller.call(target, {}, { action: { type: 'enqueue', queue: 'default' } });
        const { error } = await caller.take('invocationresult');
        expect(error).toMatchObject({
          code: 'enqueue_error',
          message: expect.stringMatching(
            /^No queue provider.*Function engine::queue::enqueue not found.*\)$/,
          ),
        });
      }
      expect(await worker.barrier()).toEqual([]);
    },
  },
  {
    id: 'B11',
    title: 'a queue provider gets the job, and the caller a receipt',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      await worker.register('engine::queue::enqueue');
      caller.call('g', { x: 1 }, { action: { type: 'enqueue', queue: 'jobs' } });
      const call = await worker.take('invokefunction');
      expect(call.data).toEqual({
        baggage: 'iii.function.id=g',
        data: { x: 1 },
        function_id: 'g',
        messageReceiptId: expect.stringMatching(uuid),
        queue: 'jobs',
        traceparent: null,
      });
      worker.answer(call, { result: 'whatever' });
      const { messageReceiptId } = call.data as { messageReceiptId: string };
      expect(await caller.take('invocationresult')).toMatchObject({
        function_id: 'g',
        result: { messageReceiptId },
      });
    },
  },
  {
    id: 'B12',
    title: 'an unknown action is ignored, and one of null is a normal call',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f', {}, { action: { type: 'later' } });
      caller.call('f', {}, { action: { type: 'enqueue' } });
      const id = caller.call('f', {}, { action: null });
      expect((await worker.take('invokefunction')).invocation_id).toBe(id);
      expect(await worker.barrier()).toEqual([]);
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B13',
    title: "a worker's error reaches the caller without unknown keys and before any result",
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      const error = { code: 'my_code', message: 'boom', stacktrace: 'at x' };
      worker.answer(await worker.take('invokefunction'), { error: { ...error, extra: 1 }, result: 1 });
      const result = await caller.take('invocationresult');
      expect(result.error).toEqual(error);
      expect(result).not.toHaveProperty('result');
    },
  },
  {
    id: 'B14',
    title: 'a result of null or none comes without a result key',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (const more of [{ result: null }, {}]) {
        caller.call('f');
        worker.answer(await worker.take('invokefunction'), more);
        expect(await caller.take('invocationresult')).not.toHaveProperty('result');
      }
    },
  },
  {
    id: 'B15',
    title: 'a malformed result is ignored, and a good one still settles the call',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      const call = await worker.take('invokefunction');
      worker.answer(call, { error: 'text' });
      worker.answer(call, { error: { message: 'no code' } });
      worker.send({ type: 'invocationresult', invocation_id: call.invocation_id, result: 1 });
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
      worker.answer(call, { result: 2 });
      expect((await caller.take('invocationresult')).result).toBe(2);
    },
  },
];
