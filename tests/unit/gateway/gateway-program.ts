/** Starts a gateway program on Node or Bun, in a run directory of its own, and watches what it says. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { GatewayLimits } from '../../../src/gateway/limits.ts';
import { canaries, saidCanaries } from '../../canaries.ts';
import { compileCache } from '../../compile-cache.ts';

export type Runtime = 'node' | 'bun';

declare module 'vitest' {
  interface ProvidedContext {
    gatewayRuntimes: readonly Runtime[];
  }
}

/** Those of this run: Bun in `npm test`, Node in `npm run deep`. */
export const runtimes: readonly Runtime[] = inject('gatewayRuntimes');

export const apiKey: string = canaries.key;
export const authorization = `Bearer ${apiKey}`;

export type LogLine = Readonly<Record<string, unknown>>;

export interface GatewayProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly runDirectory: string;
  readonly logLines: readonly LogLine[];
  /** All that was printed, whichever way. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Resolves with the first line for which `isWanted` holds; rejects after 20 s or when the program ends. */
  logLine(what: string, isWanted: (line: LogLine) => boolean): Promise<LogLine>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface ServingGateway extends GatewayProgram {
  readonly port: number;
  readonly url: string;
  /** Of the internal listener. */
  readonly internalUrl: string;
}

export interface StartOptions {
  readonly runtime: Runtime;
  readonly limits?: Partial<GatewayLimits>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Absolute path; the scripted gateway unless given. */
  readonly program?: string;
  /** Files of the run directory, by path inside it. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Long, for the machine may be busy with others. */
const waitMs = 20_000;

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const executables: Readonly<Record<Runtime, string>> = {
  node: process.execPath,
  bun: join(repository, 'node_modules', 'bun', 'bin', 'bun.exe'),
};

export const nodeFiles: Readonly<Record<string, string>> = {
  'node-id': 'gateway-0\n',
  'secrets/api-keys.json': JSON.stringify([
    { id: 'first', sha256: createHash('sha256').update(apiKey).digest('hex') },
    { id: 'second', sha256: createHash('sha256').update('another key').digest('hex') },
  ]),
};

export function startProgram(options: StartOptions): GatewayProgram {
  const runDirectory = mkdtempSync(join(tmpdir(), 'drydock-gateway-'));
  for (const [path, text] of Object.entries(options.files ?? nodeFiles)) {
    mkdirSync(join(runDirectory, path, '..'), { recursive: true });
    writeFileSync(join(runDirectory, path), text);
  }
  const program = options.program ?? fileURLToPath(new URL('scripted-gateway.ts', import.meta.url));
  const child = spawn(executables[options.runtime], [program], {
    env: {
      ...compileCache,
      DRYDOCK_ENVIRONMENT: 'dev',
      DRYDOCK_ENGINES: 'zone-a=127.0.0.1',
      DRYDOCK_RUN_DIR: runDirectory,
      DRYDOCK_GATEWAY_HOST: '127.0.0.1',
      DRYDOCK_GATEWAY_PORT: '0',
      DRYDOCK_METRICS_PORT: '0',
      SCRIPTED_LIMITS: JSON.stringify(options.limits ?? {}),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watch(child, runDirectory);
}

function watch(child: ChildProcess, runDirectory: string): GatewayProgram {
  const logLines: LogLine[] = [];
  const arrivals = new EventTarget();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
      if (line.startsWith('{')) logLines.push(JSON.parse(line));
      arrivals.dispatchEvent(new Event('line'));
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => {
    arrivals.dispatchEvent(new Event('line'));
    return { code, signal };
  });
  return {
    child,
    runDirectory,
    logLines,
    output: () => ({ stdout, stderr }),
    exit,
    logLine: (what, isWanted) =>
      new Promise((resolve, reject) => {
        const give = (settle: () => void) => {
          clearTimeout(timer);
          arrivals.removeEventListener('line', look);
          settle();
        };
        const fail = () => give(() => reject(new Error(`no log line of ${what}; it said: ${stderr}`)));
        const timer = setTimeout(fail, waitMs);
        const look = () => {
          const found = logLines.find(isWanted);
          if (found !== undefined) give(() => resolve(found));
          else if (child.exitCode !== null) fail();
        };
        arrivals.addEventListener('line', look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exit;
      rmSync(runDirectory, { recursive: true, force: true });
      const said = saidCanaries(`${stdout}${stderr}`);
      if (said.length > 0) throw new Error(`the program printed a canary: ${said.join(', ')}`);
    },
  };
}

export async function startGateway(options: StartOptions): Promise<ServingGateway> {
  const program = startProgram(options);
  const ready = await program
    .logLine('readiness', (line) => line.event === 'ready')
    .catch(async (error) => {
      await program[Symbol.asyncDispose]();
      throw error;
    });
  const port = Number(ready.port);
  const internalUrl = `http://127.0.0.1:${Number(ready.metricsPort)}`;
  return { ...program, port, url: `http://127.0.0.1:${port}`, internalUrl };
}
