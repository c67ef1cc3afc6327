/** The gateway's application before the real client, engine and worker: who waits, and in whose turn. */

import { expect, test, vi } from 'vitest';
import type { WorkerInfo } from '../../../src/rpc/contract/worker.ts';
import { deploymentListeners } from '../../../src/rpc/engine/deployment.ts';
import { startEngine } from '../../../src/rpc/engine/engine-runtime.ts';
import type { GenerateHandler, GenerateOptions, InferenceClient } from '../../../src/rpc/inference.ts';
import { connectInference } from '../../../src/rpc/transport/client-runtime.ts';
import { serveInference } from '../../../src/rpc/transport/server-runtime.ts';
import { inProcessGateway, keys } from './in-process-gateway.ts';

const logger = { info: () => undefined, warn: () => undefined };
const model: WorkerInfo['models'][number] = { name: 'one-at-a-time', contextTokensMax: 128 };

/** A worker with one slot, whose answers wait until they are let go one by one. */
async function openOneSlot() {
  await using scope = new AsyncDisposableStack();
  const listeners = deploymentListeners({
    ...{ host: '127.0.0.1', workersPort: 0, gatewaysPort: 0, credentials: 'none' },
  });
  const engine = scope.use(await startEngine({ listeners }));
  const [workersPort = 0, gatewaysPort = 0] = engine.ports;
  const engineAt = (port: number) => [{ availabilityZone: 'zone-a', host: '127.0.0.1', port }];
  const begun: string[] = [];
  const waiting: (() => void)[] = [];
  const handler: GenerateHandler = async function* wait({ messages }) {
    begun.push(messages[0]?.content ?? '');
    await new Promise<void>((resolve) => waiting.push(resolve));
    yield { seq: 0, ids: [0], text: 'done' };
    yield { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } } };
  };
  const info: WorkerInfo = {
    kind: 'infer',
    workerId: 'worker-0',
    availabilityZone: 'zone-a',
    models: [model],
    slots: 1,
  };
  const worker = scope.use(serveInference({ engines: engineAt(workersPort), info, handler, logger }));
  await worker.registered;
  const client = scope.use(
    connectInference({ engines: engineAt(gatewaysPort), clientName: 'gateway', logger }),
  );
  await vi.waitFor(() => expect(client.workers()).toHaveLength(1), { timeout: 10_000, interval: 10 });
  const moved = scope.move();
  return {
    client,
    begun,
    /** Lets the answer go that is at work. */
    async finishOne(): Promise<void> {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0), { timeout: 10_000, interval: 1 });
      waiting.shift()?.();
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function watched(client: InferenceClient, asked: GenerateOptions[]): InferenceClient {
  return {
    models: () => client.models(),
    workers: () => client.workers(),
    health: () => client.health(),
    tokenize: (request, options) => client.tokenize(request, options),
    generate(request, options) {
      asked.push(options);
      return client.generate(request, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

test('a key that floods the queue does not keep another from its turn', async () => {
  await using slot = await openOneSlot();
  const asked: GenerateOptions[] = [];
  const gateway = inProcessGateway({ inference: watched(slot.client, asked) });
  const ask = async (key: string, content: string) => {
    const body = { model: model.name, messages: [{ role: 'user', content }] };
    const response = await gateway.ask({ key, body });
    return response.status;
  };
  const flood = Array.from({ length: 8 }, (_, index) => ask(keys.first, `flood ${index}`));
  await vi.waitFor(() => expect(asked).toHaveLength(8), { timeout: 10_000, interval: 1 });
  const other = ask(keys.second, 'the other');
  await vi.waitFor(() => expect(asked).toHaveLength(9), { timeout: 10_000, interval: 1 });
  for (let count = 0; count < 9; count += 1) await slot.finishOne();
  expect(await Promise.all([...flood, other])).toEqual(Array(9).fill(200));
  // One ran when it came, and one more of theirs was before it.
  expect(slot.begun.indexOf('the other')).toBe(2);
  expect(asked.map(({ caller }) => caller)).toEqual([...Array(8).fill('first'), 'second']);
});
