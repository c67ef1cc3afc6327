/** Wire cases B16 to B25: how calls end, and what peers that die or stall do to them. */
import { expect } from 'vitest';
import type { WireCase } from './case.ts';
import { pair } from './pair.ts';
import { type Frame, hearGone, RawPeer, watchWorkers } from './raw-peer.ts';

function errorOf(frame: Frame): unknown {
  return frame.error;
}

export const callLifeCases: readonly WireCase[] = [
  {
    id: 'B16',
    title: 'a result from a third connection that knows the id is accepted',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      await using third = await RawPeer.connect(engine.url);
      caller.call('f');
      const call = await worker.take('invokefunction');
      third.answer(call, { result: 'third' });
      expect((await caller.take('invocationresult')).result).toBe('third');
      worker.answer(call, { result: 'late' });
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B17',
    title: 'a second result for an id is dropped',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      const call = await worker.take('invokefunction');
      worker.answer(call, { result: 1 });
      worker.answer(call, { result: 2 });
      expect((await caller.take('invocationresult')).result).toBe(1);
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B18',
    title: 'a second call under an id in flight takes it over, and the first fails',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      await using second = await RawPeer.connect(engine.url);
      const id = caller.call('f');
      await worker.take('invokefunction');
      second.call('f', {}, { invocation_id: id });
      expect(errorOf(await caller.take('invocationresult'))).toEqual({
        code: 'invocation_error',
        message: 'channel closed',
      });
      worker.answer(await worker.take('invokefunction'), { result: 2 });
      expect((await second.take('invocationresult')).result).toBe(2);
    },
  },
  {
    id: 'B19',
    title: 'a worker that calls its own function is served over the wire',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { worker } = peers;
      worker.call('f', 1);
      worker.answer(await worker.take('invokefunction'), { result: 2 });
      expect((await worker.take('invocationresult')).result).toBe(2);
    },
  },
  {
    id: 'B20',
    title: 'a call outlives the unregistration of its function, and new ones are not found',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      const call = await worker.take('invokefunction');
      worker.send({ type: 'unregisterfunction', id: 'f' });
      worker.send({ type: 'unregisterfunction', id: 'unknown' });
      expect(await worker.barrier()).toEqual([]);
      expect(errorOf(await caller.ask('f'))).toMatchObject({ code: 'function_not_found' });
      worker.answer(call, { result: 1 });
      expect((await caller.take('invocationresult')).result).toBe(1);
    },
  },
  {
    id: 'B21',
    title: 'calls to a worker that ends by RST, FIN or Close are stopped at once',
    run: async (engine) => {
      const ends: Readonly<Record<string, (worker: RawPeer) => void>> = {
        RST: (worker) => worker.reset(),
        FIN: (worker) => worker.tcp.destroy(),
        Close: (worker) => worker.socket.close(),
      };
      for (const [how, end] of Object.entries(ends)) {
        await using peers = await pair(engine);
        const { caller, worker } = peers;
        caller.call('f');
        caller.call('f');
        await worker.take('invokefunction');
        await worker.take('invokefunction');
        end(worker);
        const stopped = { code: 'invocation_stopped', message: 'Invocation stopped' };
        expect(errorOf(await caller.take('invocationresult')), how).toEqual(stopped);
        expect(errorOf(await caller.take('invocationresult')), how).toEqual(stopped);
      }
    },
  },
  {
    id: 'B22',
    title: 'a result sent just before the Close arrives',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      worker.answer(await worker.take('invokefunction'), { result: 1 });
      worker.socket.close();
      expect((await caller.take('invocationresult')).result).toBe(1);
    },
  },
  {
    id: 'B23',
    title: 'a worker hears nothing of the death of its caller, and its late result is dropped',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      const call = await worker.take('invokefunction');
      await using watcher = await watchWorkers(engine.url);
      caller.reset();
      await hearGone(watcher, caller);
      worker.answer(call);
      expect(await worker.barrier()).toEqual([]);
      expect(await watcher.barrier()).toEqual([]);
    },
  },
  {
    id: 'B24',
    title:
      'a stalled worker holds up its own calls alone; when it dies the sent are stopped, the queued fail to send',
    isHeavy: true,
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      await using other = await RawPeer.connect(engine.url);
      await other.register('g');
      worker.tcp.pause();
      const data = 'x'.repeat(100_000);
      for (let count = 0; count < 200; count += 1) caller.call('f', data);
      caller.call('g');
      other.answer(await other.take('invokefunction'));
      expect(await caller.take('invocationresult')).toMatchObject({ function_id: 'g', result: { ok: true } });
      worker.reset();
      const codes = new Set<unknown>();
      for (let count = 0; count < 200; count += 1) {
        const { error } = await caller.take('invocationresult');
        codes.add((error as { code: string }).code);
      }
      expect([...codes].sort()).toEqual(['channel_send_failed', 'invocation_stopped']);
    },
  },
  {
    id: 'B25',
    title: 'a caller that stops reading holds up nobody else',
    isHeavy: 'very',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      await using other = await RawPeer.connect(engine.url);
      caller.tcp.pause();
      // Some times what the sockets between them hold.
      const replies = 100;
      for (let count = 0; count < replies; count += 1) caller.call('f');
      const result = 'x'.repeat(200_000);
      for (let count = 0; count < replies; count += 1) {
        worker.answer(await worker.take('invokefunction'), { result });
      }
      other.call('f');
      worker.answer(await worker.take('invokefunction'));
      expect((await other.take('invocationresult')).result).toEqual({ ok: true });
    },
  },
];
