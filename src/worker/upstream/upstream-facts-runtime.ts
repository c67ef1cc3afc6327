/**
 * Asks a server what it is and what it runs. A server that is still loading, or not there yet, is waited for, within a bound and
 * with its last state in the log.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { RpcLogger } from '../../rpc/inference.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { DialectName } from './dialect.ts';
import type { UpstreamClient, UpstreamText } from './upstream-client-runtime.ts';
import type { UpstreamConfig } from './upstream-config.ts';

export interface UpstreamFacts {
  readonly dialect: DialectName;
  /** The server's own name of the model. */
  readonly upstreamModel: string;
  /** Prompt and completion tokens of one sequence at most. */
  readonly contextTokensMax: number;
  /** Generations at once. */
  readonly slots: number;
}

export interface FactsOptions {
  readonly log: RpcLogger;
  readonly signal: AbortSignal;
  /** How long a server may take to load its model. */
  readonly startMsMax: number;
  /** Between two questions while it loads. */
  readonly retryMs: number;
}

/** vLLM does not tell its `--max-num-seqs`; this is what it takes on most GPUs. */
const vllmSlots = 256;
/** Where nothing is known of a server. */
const unknownSlots = 8;
const askMsMax = 5000;
const reportMs = 10_000;

const modelsSchema = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        aliases: z.array(z.string()).nullish(),
        owned_by: z.string().nullish(),
        max_model_len: z.int().positive().nullish(),
        meta: z.object({ n_ctx: z.int().positive().nullish() }).nullish(),
      }),
    )
    .min(1)
    .max(10_000),
});
type ListedModel = z.infer<typeof modelsSchema>['data'][number];

const propsSchema = z.object({
  total_slots: z.int().positive().nullish(),
  default_generation_settings: z.object({ n_ctx: z.int().positive().nullish() }).nullish(),
});

/** @throws DrydockError WORKER_UPSTREAM_UNAVAILABLE, WORKER_CONFIG_INVALID, WORKER_CANCELLED */
export async function readFacts(
  client: UpstreamClient,
  config: UpstreamConfig,
  options: FactsOptions,
): Promise<UpstreamFacts> {
  const { answer, models } = await waitForModels(client, options);
  const model = chooseModel(models, config);
  const dialect = dialectOf(model, answer.server);
  const own = dialect === 'llama-server' ? await readProps(client, options.signal) : {};
  const contextTokens =
    own.default_generation_settings?.n_ctx ?? model.max_model_len ?? model.meta?.n_ctx ?? undefined;
  return {
    dialect,
    upstreamModel: model.id,
    contextTokensMax: contextOf(contextTokens, config),
    slots: config.slots ?? own.total_slots ?? (dialect === 'vllm' ? vllmSlots : unknownSlots),
  };
}

async function waitForModels(client: UpstreamClient, { log, signal, startMsMax, retryMs }: FactsOptions) {
  const startMs = performance.now();
  let reportedMs = startMs;
  let lastState = 'not asked';
  do {
    try {
      const answer = await client.ask({ method: 'GET', path: '/v1/models', signal }, { timeoutMs: askMsMax });
      const models = answer.status === 200 ? parseModels(answer) : undefined;
      if (models !== undefined) return { answer, models };
      lastState = answer.status === 200 ? 'no list of models' : `status ${answer.status}`;
      if (answer.status === 401 || answer.status === 403) break;
    } catch (error) {
      lastState = stateOf(error);
    }
    if (performance.now() - reportedMs >= reportMs) {
      reportedMs = performance.now();
      log.info({ event: 'upstream-awaited', lastState }, 'waiting for the server to load its model');
    }
    await wait(retryMs, undefined, { signal }).catch(() => {});
  } while (!signal.aborted && performance.now() - startMs < startMsMax);
  if (signal.aborted) throw cancelled();
  throw unavailable(
    `/v1/models gave no model within ${Math.round(performance.now() - startMs)} ms; last seen: ${lastState}`,
  );
}

function parseModels({ text }: UpstreamText): readonly ListedModel[] | undefined {
  try {
    return modelsSchema.safeParse(JSON.parse(text)).data?.data;
  } catch {
    return undefined;
  }
}

function chooseModel(models: readonly ListedModel[], { upstreamModel }: UpstreamConfig): ListedModel {
  const chosen =
    upstreamModel === undefined
      ? models.length === 1
        ? models[0]
        : undefined
      : models.find(({ id, aliases }) => id === upstreamModel || aliases?.includes(upstreamModel));
  if (chosen !== undefined) return chosen;
  const reason =
    upstreamModel === undefined
      ? `it lists ${models.length} models and model.json names none`
      : `none of the ${models.length} models that it lists is "${upstreamModel}"`;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    `could not choose the server's model: ${reason}; set upstreamModel to one of /v1/models`,
  );
}

function dialectOf({ owned_by }: ListedModel, server: string): DialectName {
  if (owned_by === 'vllm' || owned_by === 'sglang') return owned_by;
  return owned_by === 'llamacpp' || server === 'llama.cpp' ? 'llama-server' : 'openai';
}

async function readProps(client: UpstreamClient, signal: AbortSignal): Promise<z.infer<typeof propsSchema>> {
  try {
    const { status, text } = await client.ask(
      { method: 'GET', path: '/props', signal },
      { timeoutMs: askMsMax },
    );
    return status === 200 ? propsSchema.parse(JSON.parse(text)) : {};
  } catch {
    if (signal.aborted) throw cancelled();
    // It says more about itself, and nothing that is needed where model.json has it.
    return {};
  }
}

function contextOf(told: number | undefined, { contextTokens }: UpstreamConfig): number {
  const known = Math.min(told ?? Number.POSITIVE_INFINITY, contextTokens ?? Number.POSITIVE_INFINITY);
  if (Number.isFinite(known)) return known;
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    'could not tell the context of the model: its server does not say it; set contextTokens in model.json',
  );
}

/** What an error of a connection says, without what it may quote. */
export function stateOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return /^\w{1,64}$/.test(code) ? code : 'an error';
}

function unavailable(reason: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_UPSTREAM_UNAVAILABLE',
    `could not reach the server of the model: ${reason}; start it on this host, or correct baseUrl`,
  );
}

function cancelled(): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CANCELLED',
    'could not reach the server of the model: the worker was stopped while it waited; start it again',
  );
}
