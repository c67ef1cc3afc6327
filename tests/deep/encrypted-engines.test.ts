/** Gateways and workers on both runtimes, over TLS from end to end, with tokens that are replaced while they run. */
import { mkdir, mkdtempDisposable, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startJudgedEngine } from '../unit/rpc/auth/judged-engine.ts';
import { bunPath, programPath, startProgram } from '../unit/rpc/program.ts';
import { startProxy } from '../unit/rpc/tls/proxy.ts';
import { until, within } from '../unit/rpc/until.ts';

async function putToken(runDirectory: string, token: string): Promise<void> {
  const folder = join(runDirectory, 'credential');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'token.new'), token);
  await rename(join(folder, 'token.new'), join(folder, 'token'));
}

test.for([
  { name: 'Node', runtime: process.execPath, isBun: false },
  { name: 'Bun', runtime: bunPath, isBun: true },
])('a gateway streams and cancels over TLS on $name', async ({ runtime, isBun }, context) => {
  await using scope = new AsyncDisposableStack();
  const folder = async () => scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-encrypted-'))).path;
  const [proxyFolder, workerFolder, gatewayFolder] = [await folder(), await folder(), await folder()];
  const engine = scope.use(await startJudgedEngine());
  const proxy = scope.use(await startProxy(engine, proxyFolder, context));
  const environment = { NODE_EXTRA_CA_CERTS: proxy.authority.caFile };
  const start = (program: string, port: number, runDirectory: string) =>
    scope.use(
      startProgram(
        runtime,
        [programPath(program), `zone-0=wss://127.0.0.1:${port}`, runDirectory],
        environment,
      ),
    );

  await putToken(workerFolder, await engine.issuer.token('worker', 'worker-0'));
  const worker = start('counting-worker.ts', proxy.ports.worker, workerFolder);
  // Expired: it is refused, and tries again with what stands in the file by then.
  const hourMs = 3_600_000;
  const stale = { issuedAtMs: Date.now() - hourMs, lifeSeconds: 60 };
  await putToken(gatewayFolder, await engine.issuer.token('gateway', 'gateway', stale));
  const gateway = start('client.ts', proxy.ports.gateway, gatewayFolder);
  await worker.printed('registered');
  const isRefused = () => engine.log.some(({ reason }) => reason === 'expired');
  await until('the refusal of the stale token', isRefused, () => engine.log);
  await putToken(gatewayFolder, await engine.issuer.token('gateway', 'gateway'));
  await gateway.printed('results');
  expect(await within('the gateway to end', 5000, gateway.ended())).toBe(0);
  expect(JSON.parse(gateway.output())).toEqual({
    isBun,
    results: [
      { texts: ['t0', 't1', 't2', 'done'] },
      { texts: [], code: 'RPC_CANCELLED' },
      { texts: ['t0'], code: 'RPC_CANCELLED' },
    ],
  });
  expect([gateway.errors(), worker.errors()]).toEqual(['', '']);
});

test.for([
  { name: 'Node', runtime: process.execPath },
  { name: 'Bun', runtime: bunPath },
])('a worker on $name that does not know the authority never comes to the engine', async (row, context) => {
  await using scope = new AsyncDisposableStack();
  const { path } = scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-encrypted-')));
  const engine = scope.use(await startJudgedEngine());
  const proxy = scope.use(await startProxy(engine, path, context));
  await putToken(path, await engine.issuer.token('worker', 'worker-0'));
  const engines = `zone-0=wss://127.0.0.1:${proxy.ports.worker}`;
  const worker = scope.use(startProgram(row.runtime, [programPath('counting-worker.ts'), engines, path]));
  const isRefusing = () => /handshake|SSL/i.test(proxy.log());
  await until('a failed handshake', isRefusing, proxy.log);
  expect([worker.output(), engine.log]).toEqual(['', []]);
});
