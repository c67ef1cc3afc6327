/** What each of the two listeners of the deployment lets a peer do: role × deed, complete for what iii offers. */
import { expect, test } from 'vitest';
import { deploymentListeners } from '../../../src/rpc/engine/deployment.ts';
import { type Frame, RawPeer, startTestEngine, watchWorkers } from './conformance/raw-peer.ts';

const listeners = deploymentListeners({ host: '127.0.0.1', workersPort: 0, gatewaysPort: 0 });

async function connectBoth() {
  const scope = new AsyncDisposableStack();
  const engine = scope.use(await startTestEngine({ listeners }));
  const [workersUrl = '', gatewaysUrl = ''] = engine.urls;
  const worker = scope.use(await RawPeer.connect(workersUrl));
  const gateway = scope.use(await RawPeer.connect(gatewaysUrl));
  return { workersUrl, gatewaysUrl, worker, gateway, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

/** What a call is answered with: `allowed` is any answer but a refusal. */
const calls: readonly (readonly [string, 'worker' | 'gateway', 'allowed' | 'FORBIDDEN'])[] = [
  ['infer::worker-0::generate', 'worker', 'FORBIDDEN'],
  ['infer::worker-0::generate', 'gateway', 'allowed'],
  ['other::f', 'worker', 'FORBIDDEN'],
  ['other::f', 'gateway', 'FORBIDDEN'],
  ['engine::functions::list', 'worker', 'FORBIDDEN'],
  ['engine::functions::list', 'gateway', 'allowed'],
  ['engine::workers::list', 'worker', 'FORBIDDEN'],
  ['engine::workers::list', 'gateway', 'allowed'],
  ['engine::health::check', 'worker', 'FORBIDDEN'],
  ['engine::health::check', 'gateway', 'allowed'],
  ['engine::functions::info', 'worker', 'FORBIDDEN'],
  ['engine::functions::info', 'gateway', 'FORBIDDEN'],
  ['engine::workers::info', 'worker', 'FORBIDDEN'],
  ['engine::workers::info', 'gateway', 'FORBIDDEN'],
  ['engine::channels::create', 'worker', 'allowed'],
  ['engine::channels::create', 'gateway', 'allowed'],
  ['engine::workers::register', 'worker', 'allowed'],
  ['engine::workers::register', 'gateway', 'allowed'],
];

test.each(calls)('a call of %s by a %s is %s', async (functionId, role, expected) => {
  await using peers = await connectBoth();
  const { error } = await peers[role].ask(functionId);
  const code = (error as Frame | undefined)?.code;
  expect(code === 'FORBIDDEN' ? code : 'allowed').toBe(expected);
});

test('a worker registers functions, and a gateway none', async () => {
  await using peers = await connectBoth();
  const { worker, gateway } = peers;
  await worker.register('infer::worker-0::generate');
  await gateway.register('infer::worker-0::generate');
  await gateway.register('infer::worker-1::generate');
  await gateway.register('engine::functions::list');
  const { result } = await gateway.ask('engine::functions::list', { prefix: 'infer::' });
  expect((result as { functions: readonly Frame[] }).functions).toEqual([
    { function_id: 'infer::worker-0::generate', worker_name: 'infer' },
  ]);
  gateway.call('infer::worker-0::generate');
  await worker.take('invokefunction');
});

test.each(['workersUrl', 'gatewaysUrl'] as const)('a trigger cannot be bound over %s', async (listener) => {
  await using peers = await connectBoth();
  await peers.worker.register('infer::worker-0::generate');
  await using watcher = await watchWorkers(peers[listener], { function_id: 'infer::worker-0::generate' });
  await using _other = await RawPeer.connect(peers.workersUrl);
  expect([await watcher.barrier(), await peers.worker.barrier()]).toEqual([[], []]);
});
