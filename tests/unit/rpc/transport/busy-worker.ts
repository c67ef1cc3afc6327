/** A worker that is busy with somebody's answer, which must not notice what others do to it. */
import { once } from 'node:events';
import { expect } from 'vitest';
import { functionIds, workerHealthSchema } from '../../../../src/rpc/contract/worker.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { generateReplySchema } from '../../../../src/rpc/transport/wire.ts';
import { RawPeer, startTestEngine } from '../conformance/raw-peer.ts';
import { doneAfter, model, requestFor, token } from './cluster.ts';
import { rawGenerate } from './raw-generate.ts';

export const busyWorkerIds = functionIds('worker-0');
export const busyWorkerSlots = 3;
const { generate, health } = busyWorkerIds;

/** Answers go on until they are told to end; one runs. */
export async function startBusyWorker() {
  const scope = new AsyncDisposableStack();
  const engine = scope.use(await startTestEngine());
  const finish = Promise.withResolvers<void>();
  const runs: string[] = [];
  let running = 0;
  let runningMost = 0;
  const server = scope.use(
    serveInference({
      engines: [{ availabilityZone: 'z', host: '127.0.0.1', port: engine.port }],
      info: {
        kind: 'infer',
        workerId: 'worker-0',
        availabilityZone: 'z',
        models: [model],
        slots: busyWorkerSlots,
      },
      logger: { info: () => {}, warn: () => {} },
      handler: async function* untilTold({ requestId }, { signal }) {
        runs.push(requestId);
        running += 1;
        runningMost = Math.max(runningMost, running);
        try {
          yield token(0);
          await Promise.race([finish.promise, once(signal, 'abort')]);
          yield token(1);
          yield doneAfter(2);
        } finally {
          running -= 1;
        }
      },
    }),
  );
  await server.registered;
  const caller = scope.use(await RawPeer.connect(engine.url));
  const victim = scope.use(await RawPeer.connect(engine.url));
  const request = requestFor({ requestId: 'victim' });
  const { socket: stream, writer } = scope.use(
    await rawGenerate(victim, { request }, { engineUrl: engine.url }),
  );
  await stream.received(1);
  return {
    ...{ engine, server, caller, runs },
    runningMost: () => runningMost,
    /** As many calls at once, of which a few get a slot until their channel turns out to be another's. */
    async flood(calls: number) {
      const ids = Array.from({ length: calls }, () =>
        caller.call(generate, { request: requestFor(), out: writer }),
      );
      const counts = { refused: 0, answered: 0 };
      for (const id of ids) {
        const { result } = await caller.take('invocationresult', ({ invocation_id }) => invocation_id === id);
        const reply = generateReplySchema.parse(result);
        counts.answered += 1;
        if (reply.accepted) continue;
        expect(reply.error.code).toBe('RPC_WORKER_BUSY');
        counts.refused += 1;
      }
      return counts;
    },
    /** The answer goes on to its end. */
    async expectUnharmed({ isDraining = false } = {}) {
      const { data } = workerHealthSchema.safeParse((await victim.ask(health, {})).result);
      expect(data).toMatchObject({ running: 1, waiting: 0, slots: busyWorkerSlots, isDraining });
      finish.resolve();
      await stream.closed();
      expect(stream.messages.map(({ data: text }) => JSON.parse(text))).toEqual([
        token(0),
        token(1),
        doneAfter(2),
      ]);
      expect(runs.filter((id) => id === 'victim')).toHaveLength(1);
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
