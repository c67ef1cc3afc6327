/**
 * A real iii engine for one case: the binary that III_ENGINE_BIN names, or the image, where docker has it. Each case gets a
 * process of its own, in an empty folder, on free ports of the loopback.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { EngineListener } from '../../../../src/rpc/engine/listener-runtime.ts';
import { type EngineMode, engineModes } from '../../../../src/rpc/engine/mode.ts';
import type { CaseEngine, WireCase } from './case.ts';
import { RawPeer } from './raw-peer.ts';

export interface RealEngine {
  readonly mode: EngineMode;
  start(wireCase: Pick<WireCase, 'engine'>): Promise<CaseEngine & AsyncDisposable>;
}

export const image = 'iiidev/iii:0.22.1';
const readyMsMax = 20_000;

/** @returns why there is none, in a line. */
export async function findRealEngine(
  environment: NodeJS.ProcessEnv,
  { docker = 'docker' }: { readonly docker?: string } = {},
): Promise<RealEngine | string> {
  const binary = environment.III_ENGINE_BIN;
  if (binary !== undefined && binary !== '') return await describeEngine(binaryCommand(binary));
  const inspected = spawnSync(docker, ['image', 'inspect', image], { stdio: 'ignore', timeout: 10_000 });
  if (inspected.status === 0) return await describeEngine(imageCommand);
  return `no real iii engine: III_ENGINE_BIN names none, and docker has no image ${image}`;
}

/** The command that runs the configuration of a folder. */
type Command = (directory: string) => readonly [string, readonly string[]];

const binaryCommand =
  (binary: string): Command =>
  (directory) => [binary, ['--config', join(directory, 'config.yaml')]];

const imageCommand: Command = (directory) => {
  const mount = `${directory}:/app/run`;
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const inside = ['-w', '/app/run', image, '--config', '/app/run/config.yaml'];
  return ['docker', ['run', '--rm', '--init', '--network', 'host', '-u', user, '-v', mount, ...inside]];
};

async function describeEngine(command: Command): Promise<RealEngine> {
  await using engine = await startReal({ engine: {} }, command);
  await using peer = await RawPeer.connect(engine.url);
  const { result } = await peer.ask('engine::health::check');
  const { version } = result as { readonly version: string };
  const mode = engineModes.find((each) => version.startsWith(`${each}.`));
  if (mode === undefined)
    throw new Error(`the cases were seen on iii ${engineModes.join(' and ')}, not on ${version}`);
  return {
    mode,
    async start(wireCase) {
      const started = await startReal(wireCase, command);
      return { ...started, mode, pass: (timeMs) => wait(timeMs) };
    },
  };
}

async function startReal({ engine: options = {} }: Pick<WireCase, 'engine'>, command: Command) {
  const scope = new AsyncDisposableStack();
  const directory = scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-iii-')));
  const listeners = options.listeners ?? [{ port: 0, host: '127.0.0.1' }];
  const ports = await freePorts(listeners.length);
  const { handshakeTimeoutMs } = options;
  const workers = listeners.map((listener, index) => ({
    name: 'iii-worker-manager',
    config: {
      ...configOf(listener, ports[index] ?? 0),
      ...(handshakeTimeoutMs !== undefined && { handshake_timeout_ms: handshakeTimeoutMs }),
    },
  }));
  const observability = { name: 'iii-observability', config: { enabled: false, level: 'warn' } };
  // JSON is YAML.
  await writeFile(
    join(directory.path, 'config.yaml'),
    JSON.stringify({ workers: [...workers, observability] }),
  );
  const [program, args] = command(directory.path);
  const child = spawn(program, args, {
    cwd: directory.path,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      III_TELEMETRY_ENABLED: 'false',
      IIIWORKER_DISABLE_BUILTIN_DAEMONS: '1',
      III_NAMESPACE_GRACE_MS: `${options.registrationGraceMs ?? 0}`,
    },
  });
  scope.defer(() => end(child));
  const urls = ports.map((port) => `ws://127.0.0.1:${port}`);
  await untilAllListen(ports, child);
  const [url = ''] = urls;
  const [port = 0] = ports;
  return { urls, url, port, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

/** Its own SIGTERM, which the cases about a stopping engine ask for. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(hard);
}

function configOf({ host, rbac, middlewareFunctionId }: EngineListener, port: number) {
  return {
    host,
    port,
    ...(middlewareFunctionId !== undefined && { middleware_function_id: middlewareFunctionId }),
    ...(rbac !== undefined && {
      rbac: {
        auth_function_id: rbac.authFunctionId,
        expose_functions: rbac.exposeFunctions.map((pattern) => `match("${pattern}")`),
        on_function_registration_function_id: rbac.onFunctionRegistrationFunctionId,
        on_trigger_registration_function_id: rbac.onTriggerRegistrationFunctionId,
        on_trigger_type_registration_function_id: rbac.onTriggerTypeRegistrationFunctionId,
      },
    }),
  };
}

/** They are free a moment later too, unless somebody else asks for any at the same time. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** iii stays up without a listener when a port is taken, so only the socket tells. */
async function untilAllListen(ports: readonly number[], child: ChildProcess): Promise<void> {
  const endMs = performance.now() + readyMsMax;
  for (const port of ports) {
    while (!(await canFetch(port))) {
      if (child.exitCode !== null)
        throw new Error(`the engine ended with code ${child.exitCode} at its start`);
      if (performance.now() > endMs) throw new Error(`the engine did not listen within ${readyMsMax} ms`);
      await wait(10);
    }
  }
}

/** Any answer will do. */
async function canFetch(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/`).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}
