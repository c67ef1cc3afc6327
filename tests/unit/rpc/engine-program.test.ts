import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { authListener, deploymentListeners } from '../../../src/rpc/engine/deployment.ts';
import { makeIssuer, writeVerifyKeys } from './auth/issuer.ts';
import { RawPeer, RawSocket, startTestEngine } from './conformance/raw-peer.ts';
import { logLines, readyEngineProgram, startEngineProgram } from './engine-program.ts';
import { programPath, startProgram } from './program.ts';
import { within } from './until.ts';

const ended = (program: { ended(): Promise<unknown> }) =>
  within('the engine to end', 10_000, program.ended());

test('says that it is ready when both listeners serve, and exits 0 on SIGTERM with peers connected', async () => {
  await using program = await readyEngineProgram();
  const [line] = logLines(program);
  expect(line).toMatchObject({
    event: 'ready',
    program: 'engine',
    node: 'engine-0',
    availabilityZone: 'zone-0',
  });
  await using worker = await RawPeer.connect(`ws://127.0.0.1:${program.workersPort}`);
  await using gateway = await RawPeer.connect(`ws://127.0.0.1:${program.gatewaysPort}`);
  program.child.kill('SIGTERM');
  expect([await worker.closed(), await gateway.closed()]).toEqual([1006, 1006]);
  expect([await ended(program), program.output()]).toEqual([0, '']);
});

test('with credentials it opens its listeners when it can judge: the first connection is refused or admitted, never unjudged', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'drydock-keys-'));
  const issuer = await makeIssuer();
  await writeVerifyKeys(directory.path, [issuer]);
  await writeFile(join(directory.path, 'node-id'), 'engine-0');
  await writeFile(join(directory.path, 'availability-zone'), 'zone-0');
  const environment = { DRYDOCK_RUN_DIR: directory.path, DRYDOCK_ENGINE_CREDENTIALS: 'required' };
  await using program = await readyEngineProgram(environment);
  const url = `ws://127.0.0.1:${program.workersPort}`;
  await using stranger = await new RawSocket(url).opened();
  await stranger.closed();
  expect(stranger.messages.map(({ data }) => JSON.parse(data).error)).toEqual([
    { code: 'AUTH_ERROR', message: 'credential refused' },
  ]);
  await using worker = await RawPeer.connect(url, await issuer.header('worker', 'worker-0'));
  await worker.barrier();
  await program.printed('connection-refused');
  expect(logLines(program)).toEqual([
    expect.objectContaining({ event: 'ready', credentials: 'required' }),
    expect.objectContaining({ event: 'alarm', reason: 'missing', address: '127.0.0.1' }),
  ]);
  program.child.kill('SIGTERM');
  expect(await ended(program)).toBe(0);
});

test('without the keys that it needs to judge, it does not start', async () => {
  await using program = await startEngineProgram({ DRYDOCK_ENGINE_CREDENTIALS: 'required' });
  expect(await ended(program)).toBe(2);
  expect(logLines(program)).toEqual([
    expect.objectContaining({
      code: 'RPC_CONFIG_INVALID',
      msg: expect.stringContaining('verify-keys/worker'),
    }),
  ]);
});

test('the auth functions run as a program of their own beside an engine that does not start them', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'drydock-keys-'));
  const issuer = await makeIssuer();
  await writeVerifyKeys(directory.path, [issuer]);
  const options = { host: '127.0.0.1', workersPort: 0, gatewaysPort: 0 };
  const listeners = [authListener(0), ...deploymentListeners(options)];
  await using engine = await startTestEngine({ listeners });
  const [, workersUrl = ''] = engine.urls;
  await using early = await new RawSocket(workersUrl, await issuer.header('worker', 'worker-0')).opened();
  await early.closed();
  expect(early.messages.map(({ data }) => JSON.parse(data).error.message)).toEqual([
    'Function auth::workers not found',
  ]);
  await using program = startProgram(process.execPath, [resolve('src/rpc/auth/main.ts')], {
    DRYDOCK_ENVIRONMENT: 'dev',
    DRYDOCK_RUN_DIR: directory.path,
    DRYDOCK_ENGINE_AUTH_PORT: `${engine.port}`,
  });
  await program.printed('"event":"ready"');
  await using worker = await RawPeer.connect(workersUrl, await issuer.header('worker', 'worker-0'));
  await worker.barrier();
  program.child.kill('SIGTERM');
  expect([await ended(program), program.output()]).toEqual([0, '']);
});

test('with a port taken it says which in one line, and exits 2', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await using program = await startEngineProgram({ DRYDOCK_ENGINE_GATEWAYS_PORT: `${port}` });
  expect([await ended(program), program.output()]).toEqual([2, '']);
  expect(logLines(program)).toEqual([
    expect.objectContaining({
      code: 'RPC_ENGINE_LISTEN_FAILED',
      msg: `could not listen on 127.0.0.1:${port}: the port is taken; stop what holds the port, or choose another`,
    }),
  ]);
  taken.close();
});

const failedLine = (at: string) =>
  expect.objectContaining({
    level: 60,
    event: 'failed',
    code: 'UNEXPECTED',
    reason: 'RangeError',
    stack: expect.arrayContaining([expect.stringContaining(at)]),
    msg: 'the engine failed in a way it does not know',
  });

test.each(['SIGUSR2', 'SIGWINCH'] as const)(
  'a crash, by %s, is one line without the text of the error, and code 2',
  async (signal) => {
    const breakable = { NODE_OPTIONS: `--import=${programPath('break-on-signal.ts')}` };
    await using program = await startEngineProgram(breakable);
    await program.printed('"event":"ready"');
    program.child.kill(signal);
    expect([await ended(program), program.output()]).toEqual([2, '']);
    expect(logLines(program).slice(1)).toEqual([failedLine('break-on-signal.ts')]);
    expect(program.errors()).not.toContain('secret');
  },
);

test('an unexpected failure to start is one line without the text of the error, and code 2', async () => {
  const broken = { NODE_OPTIONS: `--import=${programPath('break-on-listen.ts')}` };
  await using program = await startEngineProgram(broken);
  expect([await ended(program), program.output()]).toEqual([2, '']);
  expect(logLines(program)).toEqual([failedLine('break-on-listen.ts')]);
  expect(program.errors()).not.toContain('secret');
});

test.each([
  ['a run directory that is not there', { DRYDOCK_RUN_DIR: '/nowhere' }, '/nowhere/node-id'],
  ['no environment', { DRYDOCK_ENVIRONMENT: undefined }, 'DRYDOCK_ENVIRONMENT'],
  ['a port that is none', { DRYDOCK_ENGINE_WORKERS_PORT: '70000' }, 'DRYDOCK_ENGINE_WORKERS_PORT'],
  ['an empty port', { DRYDOCK_ENGINE_GATEWAYS_PORT: '' }, 'DRYDOCK_ENGINE_GATEWAYS_PORT'],
])('with %s it names it in one line, and exits 2', async (_what, environment, named) => {
  await using program = await startEngineProgram(environment);
  expect(await ended(program)).toBe(2);
  const lines = logLines(program);
  expect(lines).toEqual([
    expect.objectContaining({ code: 'RPC_CONFIG_INVALID', msg: expect.stringContaining(named) }),
  ]);
});
