/** What each of the two listeners of the deployment lets a peer do: role × deed, complete for what iii offers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploymentListeners } from '../../../src/rpc/engine/deployment.ts';
import { type JudgedEngine, startJudgedEngine } from './auth/judged-engine.ts';
import { type Frame, RawPeer, startTestEngine, watchWorkers } from './conformance/raw-peer.ts';

let engine: JudgedEngine;
beforeAll(async () => {
  engine = await startJudgedEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

/** What a call is answered with: `allowed` is any answer but a refusal. */
const calls: readonly (readonly [string, 'worker' | 'gateway', 'allowed' | 'FORBIDDEN'])[] = [
  ['infer::worker-0::generate', 'worker', 'FORBIDDEN'],
  ['infer::worker-0::generate', 'gateway', 'allowed'],
  ['infer::worker-1::generate', 'worker', 'FORBIDDEN'],
  ['generate', 'worker', 'FORBIDDEN'],
  ['generate', 'gateway', 'FORBIDDEN'],
  ['other::f', 'worker', 'FORBIDDEN'],
  ['other::f', 'gateway', 'FORBIDDEN'],
  ['auth::workers', 'worker', 'FORBIDDEN'],
  ['auth::workers', 'gateway', 'FORBIDDEN'],
  ['auth::gateways', 'worker', 'FORBIDDEN'],
  ['auth::gateways', 'gateway', 'FORBIDDEN'],
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
  ['engine::register_trigger', 'worker', 'FORBIDDEN'],
  ['engine::register_trigger', 'gateway', 'FORBIDDEN'],
  ['engine::unregister_trigger', 'worker', 'FORBIDDEN'],
  ['engine::unregister_trigger', 'gateway', 'FORBIDDEN'],
  // An engine has room for so many channels: a worker must not be able to use them up.
  ['engine::channels::create', 'worker', 'FORBIDDEN'],
  ['engine::channels::create', 'gateway', 'allowed'],
  ['engine::workers::register', 'worker', 'allowed'],
  ['engine::workers::register', 'gateway', 'allowed'],
];

test.each(calls)('a call of %s by a %s is %s', async (functionId, role, expected) => {
  await using peer = await engine.connect(role, `${role}-0`);
  const { error } = await peer.ask(functionId);
  const code = (error as Frame | undefined)?.code;
  expect(code === 'FORBIDDEN' ? code : 'allowed').toBe(expected);
});

async function listed(gateway: RawPeer): Promise<readonly unknown[]> {
  const { result } = await gateway.ask('engine::functions::list', { include_internal: true });
  const { functions } = result as { readonly functions: readonly Frame[] };
  return functions.map(({ function_id }) => function_id).filter((id) => String(id).startsWith('infer::'));
}

test('a worker registers under its own id whatever it says, and a gateway registers nothing', async () => {
  await using worker = await engine.connect('worker', 'worker-7');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  for (const id of ['generate', 'infer::worker-0::generate', 'auth::workers', 'engine::functions::list']) {
    await worker.register(id);
    await gateway.register(id);
  }
  expect(await listed(gateway)).toEqual([
    'infer::worker-7::auth::workers',
    'infer::worker-7::engine::functions::list',
    'infer::worker-7::generate',
    'infer::worker-7::infer::worker-0::generate',
  ]);
  gateway.call('infer::worker-7::generate');
  expect(await worker.take('invokefunction')).toMatchObject({ function_id: 'generate' });
});

test('nobody can take over the auth functions: who comes next is judged as before', async () => {
  await using worker = await engine.connect('worker', 'worker-0');
  await worker.register('auth::gateways');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  await gateway.register('auth::gateways');
  await using next = await engine.connect('gateway', 'gateway-1');
  expect(next.id).not.toBe('');
});

test.each(['worker', 'gateway'] as const)(
  'a %s can bind no trigger, so that the engine calls nothing for it and there is none to remove',
  async (role) => {
    await using target = await engine.connect('worker', 'worker-0');
    await target.register('generate');
    await using binder = await engine.connect(role, `${role}-9`);
    for (const [id, functionId] of [
      ['t1', 'generate'],
      ['t2', 'infer::worker-0::generate'],
    ]) {
      const trigger = { id, trigger_type: 'engine::workers-available', function_id: functionId, config: {} };
      binder.send({ type: 'registertrigger', ...trigger });
    }
    binder.send({ type: 'registertriggertype', id: 'mine', description: 'mine' });
    await binder.barrier();
    await using _comer = await engine.connect('worker', 'worker-1');
    // Who provided a type would be told of its triggers.
    await using host = await RawPeer.connect(engine.authUrl);
    host.send({ type: 'registertrigger', id: 't3', trigger_type: 'mine', function_id: 'f', config: {} });
    await host.barrier();
    expect([await binder.barrier(), await target.barrier()]).toEqual([[], []]);
  },
);

test('without credentials the listeners alone tell the roles apart', async () => {
  const options = { host: '127.0.0.1', workersPort: 0, gatewaysPort: 0, credentials: 'none' } as const;
  await using open = await startTestEngine({ listeners: deploymentListeners(options) });
  const [workersUrl = '', gatewaysUrl = ''] = open.urls;
  await using worker = await RawPeer.connect(workersUrl);
  await using gateway = await RawPeer.connect(gatewaysUrl);
  await worker.register('infer::worker-0::generate');
  await gateway.register('infer::worker-1::generate');
  expect(await listed(gateway)).toEqual(['infer::worker-0::generate']);
  expect((await worker.ask('infer::worker-0::generate')).error).toMatchObject({ code: 'FORBIDDEN' });
  await using watcher = await watchWorkers(workersUrl, { function_id: 'infer::worker-0::generate' });
  await using _other = await RawPeer.connect(workersUrl);
  expect([await watcher.barrier(), await worker.barrier()]).toEqual([[], []]);
});
