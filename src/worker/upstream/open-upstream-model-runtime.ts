/**
 * A model that another server on this host runs, vLLM or llama-server for one, behind the contract of our own engine. It is open once the
 * server has loaded the model; from then on the server may go and come back. A server that comes back with another model is not
 * noticed: restart the worker with it.
 */

import { readFile } from 'node:fs/promises';
import { DrydockError } from '../../rpc/errors.ts';
import type { GenerateHandler, RpcLogger, TokenizeHandler } from '../../rpc/inference.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { startHealthMonitor, type UpstreamHealth } from './health-monitor-runtime.ts';
import { openUpstreamClient } from './upstream-client-runtime.ts';
import type { UpstreamConfig } from './upstream-config.ts';
import { readFacts } from './upstream-facts-runtime.ts';
import { createUpstreamHandler } from './upstream-handler-runtime.ts';
import { createUpstreamTokenizer } from './upstream-tokenizer-runtime.ts';

export interface UpstreamModel extends AsyncDisposable {
  /** The name that requests use. */
  readonly name: string;
  /** Prompt and completion tokens of one sequence at most. */
  readonly contextTokensMax: number;
  /** Generations at once. */
  readonly slots: number;
  readonly handler: GenerateHandler;
  /** Absent: the server has none that could be asked. */
  readonly tokenize?: TokenizeHandler;
  health(): UpstreamHealth;
}

export interface OpenUpstreamOptions {
  readonly log: RpcLogger;
  /** Ends the wait for the server. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<UpstreamLimits>;
}

export interface UpstreamLimits {
  /** How long a server may take to load its model. 15 minutes. */
  readonly startMsMax: number;
  /** Between two questions to a server that loads. 1 s. */
  readonly retryMs: number;
  /** Between two questions after its health, more or less a fifth. 3 s. */
  readonly healthIntervalMs: number;
  /** For an answer about its health. 2 s. */
  readonly healthTimeoutMs: number;
  /** How long it may send nothing in the middle of an answer. 30 s. */
  readonly silenceMsMax: number;
}

const usualLimits: UpstreamLimits = {
  startMsMax: 15 * 60_000,
  retryMs: 1000,
  healthIntervalMs: 3000,
  healthTimeoutMs: 2000,
  silenceMsMax: 30_000,
};

/** @throws DrydockError WORKER_UPSTREAM_UNAVAILABLE, WORKER_CONFIG_INVALID, WORKER_CANCELLED */
export async function openUpstreamModel(
  config: UpstreamConfig,
  { log, signal, limits = {} }: OpenUpstreamOptions,
): Promise<UpstreamModel> {
  const { startMsMax, retryMs, healthIntervalMs, healthTimeoutMs, silenceMsMax } = {
    ...usualLimits,
    ...limits,
  };
  const apiKey = config.apiKeyFile === undefined ? undefined : await readKey(config.apiKeyFile);
  await using owned = new AsyncDisposableStack();
  const client = owned.use(openUpstreamClient(config.address, apiKey === undefined ? {} : { apiKey }));
  const facts = await readFacts(client, config, { log, signal, startMsMax, retryMs });
  const { dialect, contextTokensMax, slots } = facts;
  const monitor = owned.use(
    startHealthMonitor(client, {
      dialect,
      log,
      intervalMs: healthIntervalMs,
      timeoutMs: healthTimeoutMs,
      random: Math.random,
    }),
  );
  const { name } = config;
  log.info({ event: 'upstream-ready', model: name, dialect, contextTokensMax, slots }, 'the server is ready');
  const handler = createUpstreamHandler({ name, client, facts, monitor, log, silenceMsMax, now: Date.now });
  const tokenize = createUpstreamTokenizer({ client, facts });
  const kept = owned.move();
  return {
    name,
    contextTokensMax,
    slots,
    handler,
    ...(tokenize && { tokenize }),
    health: () => monitor.health(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function readKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalidKey(path, 'it is not there or not readable', cause);
  });
  const key = text.trim();
  // A header's value holds nothing else, and the error of a header that does would quote it.
  if (!/^[\x21-\x7e]{1,4096}$/.test(key)) throw invalidKey(path, 'it is not one word of printable ASCII');
  return key;
}

function invalidKey(path: string, reason: string, cause?: unknown): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    `could not read the server's key from ${path}: ${reason}; write the key alone into it`,
    { cause },
  );
}
