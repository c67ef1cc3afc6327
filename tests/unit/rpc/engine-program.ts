/** The engine as a program, on ports that the system chooses. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Program, startProgram } from './program.ts';

export interface EngineProgram extends Program {
  readonly workersPort: number;
  readonly gatewaysPort: number;
}

export async function startEngineProgram(environment: NodeJS.ProcessEnv = {}): Promise<Program> {
  const scope = new AsyncDisposableStack();
  const directory = scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-engine-')));
  await writeFile(join(directory.path, 'node-id'), 'engine-0\n');
  await writeFile(join(directory.path, 'availability-zone'), 'zone-0\n');
  const program = scope.use(
    startProgram(process.execPath, [resolve('src/rpc/engine/main.ts')], {
      DRYDOCK_ENVIRONMENT: 'dev',
      DRYDOCK_RUN_DIR: directory.path,
      DRYDOCK_ENGINE_HOST: '127.0.0.1',
      DRYDOCK_ENGINE_WORKERS_PORT: '0',
      DRYDOCK_ENGINE_GATEWAYS_PORT: '0',
      DRYDOCK_ENGINE_AUTH_PORT: '0',
      DRYDOCK_ENGINE_CREDENTIALS: 'none',
      ...environment,
    }),
  );
  return { ...program, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

/** Its log lines so far. */
export function logLines(program: Program): readonly Readonly<Record<string, unknown>>[] {
  return program
    .errors()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export async function readyEngineProgram(environment: NodeJS.ProcessEnv = {}): Promise<EngineProgram> {
  const program = await startEngineProgram(environment);
  await program.printed('"event":"ready"');
  const [line] = logLines(program);
  return { ...program, workersPort: Number(line?.workersPort), gatewaysPort: Number(line?.gatewaysPort) };
}
