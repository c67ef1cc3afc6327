/** Peers that are not what they should be: refused or held to their own, told without their secrets, and nobody else harmed. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authListener } from '../../../../src/rpc/engine/deployment.ts';
import type { Incident } from '../../../../src/rpc/engine/incident.ts';
import type { NodeCredential } from '../../../../src/rpc/inference.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { type Frame, RawPeer, RawSocket, startTestEngine } from '../conformance/raw-peer.ts';
import { answerHealth, counting, model, neverAborted, outcomeOf, requestFor } from '../transport/cluster.ts';
import { until } from '../until.ts';
import { makeIssuer, writeVerifyKeys } from './issuer.ts';
import { type JudgedEngine, refused, startJudgedEngine } from './judged-engine.ts';

const silent = { info: () => {}, warn: () => {} };
const tokenOf = (text: string) => () => text;

let engine: JudgedEngine;
beforeAll(async () => {
  engine = await startJudgedEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

test('a connection without a credential is refused on both listeners, and the log says why', async () => {
  expect(await engine.refusal('worker', {})).toEqual(refused);
  expect(await engine.refusal('gateway', {})).toEqual(refused);
  for (const role of ['worker', 'gateway']) {
    const alarm = {
      event: 'alarm',
      alarm: 'connection-refused',
      role,
      reason: 'missing',
      address: '127.0.0.1',
    };
    expect(engine.log).toContainEqual(expect.objectContaining(alarm));
  }
});

test('a worker’s credential opens no gateway’s listener, nor the other way round', async () => {
  expect(await engine.refusal('gateway', await engine.issuer.header('worker', 'worker-0'))).toEqual(refused);
  expect(await engine.refusal('worker', await engine.issuer.header('gateway', 'gateway-0'))).toEqual(refused);
  await using worker = await engine.connect('worker', 'worker-0');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  expect([worker.id, gateway.id]).not.toContain('');
});

test('keys change without a restart: a new one counts beside the old, and what the old one signed is worth nothing once it is gone', async () => {
  await using rotating = await startJudgedEngine();
  const next = await makeIssuer();
  const old = await rotating.issuer.header('worker', 'worker-0');
  const fresh = await next.header('worker', 'worker-0');
  const outcomes = async () => [
    await rotating.outcome('worker', old),
    await rotating.outcome('worker', fresh),
  ];
  expect(await outcomes()).toEqual(['admitted', 'refused']);
  await writeVerifyKeys(rotating.runDirectory, [rotating.issuer, next]);
  rotating.advance(1000);
  expect(await outcomes()).toEqual(['admitted', 'admitted']);
  await writeVerifyKeys(rotating.runDirectory, [next]);
  rotating.advance(1000);
  expect(await outcomes()).toEqual(['refused', 'admitted']);
});

test('keys that cannot be read any more leave the old ones in force, and the log tells of it without their text', async () => {
  await using rotating = await startJudgedEngine();
  const header = await rotating.issuer.header('worker', 'worker-0');
  await writeFile(join(rotating.runDirectory, 'verify-keys', 'worker'), 'not-a-key');
  rotating.advance(1000);
  expect(await rotating.outcome('worker', header)).toBe('admitted');
  const alarm = {
    event: 'alarm',
    alarm: 'verify-keys-unreadable',
    role: 'worker',
    code: 'RPC_CONFIG_INVALID',
  };
  expect(rotating.log).toContainEqual(expect.objectContaining(alarm));
  expect(JSON.stringify(rotating.log)).not.toContain('not-a-key');
});

test('a credential that was good is refused once it has expired', async () => {
  await using aging = await startJudgedEngine();
  const header = await aging.issuer.header('gateway', 'gateway-0');
  expect(await aging.outcome('gateway', header)).toBe('admitted');
  aging.advance(1_900_000);
  expect(await aging.refusal('gateway', header)).toEqual(refused);
  expect(aging.log).toContainEqual(expect.objectContaining({ reason: 'expired', role: 'gateway' }));
});

async function listedBy(gateway: RawPeer): Promise<readonly unknown[]> {
  const { result } = await gateway.ask('engine::functions::list', { prefix: 'infer::' });
  return (result as { readonly functions: readonly Frame[] }).functions.map(({ function_id }) => function_id);
}

test('a worker that floods registrations keeps 16, one that is too large is dropped, and the others serve on', async () => {
  await using flooding = await engine.connect('worker', 'worker-1');
  await using honest = await engine.connect('worker', 'worker-2');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  await honest.register('generate');
  await flooding.register('large', { metadata: 'x'.repeat(70_000) });
  for (let count = 0; count < 2000; count += 1) {
    flooding.send({ type: 'registerfunction', id: `f${String(count).padStart(4, '0')}` });
  }
  // What it holds already it may register anew.
  await flooding.register('f0003', { metadata: { again: true } });
  const listed = await listedBy(gateway);
  expect(listed.filter((id) => String(id).startsWith('infer::worker-1::'))).toHaveLength(16);
  expect(listed).not.toContain('infer::worker-1::large');
  gateway.call('infer::worker-2::generate');
  await honest.take('invokefunction');
  const refusals = engine.incidents.filter(({ kind }) => kind === 'registration-refused');
  expect(refusals).toHaveLength(1 + 2000 - 16);
});

test('garbage is ignored and noted, and its sender stays connected as iii has it', async () => {
  await using worker = await engine.connect('worker', 'worker-3');
  const before = engine.incidents.length;
  worker.socket.send('{"type":"frobnicate","secret":"hunter2"}');
  worker.socket.send(Buffer.from([1, 2, 3, 255]));
  await worker.register('generate');
  expect(engine.incidents.slice(before)).toEqual([
    { kind: 'frame-unreadable', address: '127.0.0.1' },
    { kind: 'frame-unreadable', address: '127.0.0.1' },
  ]);
});

test('a frame of 100 MB ends its own connection, and nobody else’s', async () => {
  await using sender = await engine.connect('worker', 'worker-4');
  await using honest = await engine.connect('worker', 'worker-5');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  await honest.register('generate');
  sender.socket.send(Buffer.alloc(100 * 1024 * 1024));
  expect(await sender.closed()).toBe(1006);
  expect(engine.incidents).toContainEqual({ kind: 'frame-too-large', address: '127.0.0.1' });
  gateway.call('infer::worker-5::generate');
  await honest.take('invokefunction');
});

test('a worker that answers calls of another has to know their ids: guesses change nothing', async () => {
  await using victim = await engine.connect('worker', 'worker-6');
  await using forger = await engine.connect('worker', 'worker-7');
  await using gateway = await engine.connect('gateway', 'gateway-0');
  await victim.register('generate');
  gateway.call('infer::worker-6::generate');
  const call = await victim.take('invokefunction');
  for (let count = 0; count < 1000; count += 1) {
    forger.answer({ invocation_id: randomUUID(), function_id: 'infer::worker-6::generate' });
  }
  await forger.barrier();
  victim.answer(call, { result: { from: 'victim' } });
  expect(await gateway.take('invocationresult')).toMatchObject({ result: { from: 'victim' } });
});

test('even with the id of a call a forger makes it fail, and puts no token into an answer', async () => {
  await using victim = await engine.connect('worker', 'worker-8');
  await using forger = await engine.connect('worker', 'worker-9');
  const credential = { token: tokenOf(await engine.issuer.token('gateway', 'gateway-0')) };
  const options = { engines: [engine.addresses.gateway], clientName: 'gateway-0', credential };
  await using client = connectInference({ ...options, logger: silent });
  const info = { kind: 'infer', workerId: 'worker-8', availabilityZone: 'z', models: [model], slots: 4 };
  await answerHealth(await engine.connect('worker', 'worker-8'), info, 'health');
  await victim.register('generate', { metadata: info });
  await until('the worker', () => client.workers().length === 1);
  const outcome = outcomeOf(client.generate(requestFor(), { signal: neverAborted() }));
  const call = await victim.take('invokefunction');
  const error = { code: 'RPC_REQUEST_INVALID', message: 'no' };
  forger.answer(call, { result: { accepted: false, error } });
  expect(await outcome).toMatchObject({ frames: [], code: 'RPC_REQUEST_INVALID' });
});

test('a worker that describes itself as another is no worker to a gateway', async () => {
  await using liar = await engine.connect('worker', 'worker-11');
  await using honest = await engine.connect('worker', 'worker-12');
  const info = { kind: 'infer', availabilityZone: 'z', models: [model], slots: 4 };
  await liar.register('generate', { metadata: { ...info, workerId: 'worker-12' } });
  const credential = { token: tokenOf(await engine.issuer.token('gateway', 'gateway-0')) };
  const options = { engines: [engine.addresses.gateway], clientName: 'gateway-0', credential };
  await using client = connectInference({ ...options, logger: silent });
  const described = { ...info, workerId: 'worker-12' };
  await answerHealth(await engine.connect('worker', 'worker-12'), described, 'health');
  await honest.register('generate', { metadata: described });
  await until('the honest one', () => client.workers().some(({ workerId }) => workerId === 'worker-12'));
  expect(client.workers().map(({ workerId }) => workerId)).toEqual(['worker-12']);
  const abort = new AbortController();
  const outcome = outcomeOf(client.generate(requestFor(), { signal: abort.signal }));
  await honest.take('invokefunction');
  abort.abort();
  await outcome;
});

test('a node that is refused tells of it once and dials on, bounded, until its token is replaced; others are unharmed', async () => {
  await using refusing = await startJudgedEngine();
  const log: Readonly<Record<string, unknown>>[] = [];
  const warn = (fields: Readonly<Record<string, unknown>>) => log.push(fields);
  let token = await refusing.issuer.token('gateway', 'gateway-0', { environment: 'prod' });
  const stale = token;
  const connect = (credential: NodeCredential) =>
    connectInference({
      engines: [refusing.addresses.gateway],
      clientName: 'gateway-0',
      credential,
      logger: { info: () => {}, warn },
    });
  await using refusedOne = connect({ token: () => token });
  await using worker = serveInference({
    engines: [refusing.addresses.worker],
    info: { kind: 'infer', workerId: 'worker-0', availabilityZone: 'z', models: [model], slots: 4 },
    credential: { token: tokenOf(await refusing.issuer.token('worker', 'worker-0')) },
    handler: counting(2),
    logger: silent,
  });
  await worker.registered;
  await until('the alarm of the node', () => log.some(({ alarm }) => alarm === 'engine-refuses'));
  const told = refusing.log.filter(({ alarm }) => alarm === 'connection-refused');
  expect(told).toEqual([
    expect.objectContaining({ reason: 'foreign-environment', role: 'gateway', times: 1 }),
  ]);
  await using other = connect({ token: tokenOf(await refusing.issuer.token('gateway', 'gateway-1')) });
  await until('the other gateway', () => other.workers().length === 1);
  token = await refusing.issuer.token('gateway', 'gateway-0');
  await until('the node itself', () => refusedOne.workers().length === 1);
  expect(await outcomeOf(refusedOne.generate(requestFor(), { signal: neverAborted() }))).toMatchObject({
    code: undefined,
  });
  const everything = JSON.stringify([log, refusing.log]);
  for (const secret of [token, stale, ...stale.split('.').slice(1)]) expect(everything).not.toContain(secret);
});

test('where the auth function never answers, the connection is cut in time and the log says so', async () => {
  const incidents: Incident[] = [];
  const rbac = { authFunctionId: 'auth::workers', exposeFunctions: [], admissionMsMax: 40 };
  await using frozen = await startTestEngine({
    listeners: [authListener(0), { host: '127.0.0.1', port: 0, rbac }],
    onIncident: (incident) => incidents.push(incident),
  });
  const [authUrl = '', workersUrl = ''] = frozen.urls;
  await using judge = await RawPeer.connect(authUrl);
  await judge.register('auth::workers');
  await using socket = await new RawSocket(workersUrl).opened();
  await judge.take('invokefunction');
  expect(await socket.closed()).toBe(1006);
  expect([incidents, socket.messages]).toEqual([[{ kind: 'admission-timeout', address: '127.0.0.1' }], []]);
});
