/** What the worker program reads from its environment and from its run directory (docs/launch-contract.md), once. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type EngineAddress, parseEngines } from '../rpc/contract/engines.ts';
import { integerText } from '../rpc/contract/integer-text.ts';
import { ports } from '../rpc/contract/ports.ts';
import { modelInfoSchema, workerInfoSchema } from '../rpc/contract/worker.ts';
import { DrydockError } from '../rpc/errors.ts';
import { toTracingSettings, tracingFields } from '../rpc/tracing/environment.ts';
import type { TracingSettings } from '../rpc/tracing/open-tracing-runtime.ts';
import type { WorkerErrorCode } from './errors.ts';
import { type WeightScheme, weightSchemes } from './graph/weight-scheme.ts';
import type { ChatStyle } from './text/chat-format.ts';
import { parseUpstreamConfig, type UpstreamConfig } from './upstream/upstream-config.ts';

export interface WorkerConfig {
  readonly environment: string;
  readonly workerId: string;
  readonly availabilityZone: string;
  readonly engines: readonly EngineAddress[];
  readonly runDirectory: string;
  /** Whether it shows the engines a credential. */
  readonly hasCredential: boolean;
  /** Generations it runs at once. */
  readonly slots: number;
  /** Threads of one model step. */
  readonly threads: number;
  /** Tokens of one sequence at most, prompt and completion together. */
  readonly contextTokensMax: number;
  /** Where built graphs are kept. */
  readonly cacheDir: string;
  readonly runner: 'native' | 'portable';
  readonly executionProvider: 'cpu' | 'cuda';
  /** Whether threads of the model spin while they wait. */
  readonly spins: boolean;
  /** How long answers that have begun may take when the worker is to stop. */
  readonly drainMs: number;
  /** Absent: no span is told to anybody. */
  readonly tracing?: TracingSettings;
  /** Memory for beginnings of prompts, in each model. */
  readonly prefixCacheBytes: number;
  /** Memory of all loaded models together. Absent: no bound. */
  readonly modelBytesMax: number | undefined;
  readonly models: readonly ModelConfig[];
}

export type ModelConfig = LocalModelConfig | UpstreamModelConfig;

/** A server on this host runs it. */
export interface UpstreamModelConfig {
  readonly kind: 'upstream';
  readonly upstream: UpstreamConfig;
}

/** We run it. */
export interface LocalModelConfig {
  readonly kind: 'local';
  /** The name that requests use. */
  readonly name: string;
  /** Path of the model: a GGUF file, a directory as Hugging Face lays them out, or the graph of an ONNX export in one. */
  readonly file: string;
  /** Absent: what the file asks for. */
  readonly chatStyle?: ChatStyle;
  /** Digest of the model in hexadecimal, from whoever put it there and checked it. Absent: the worker hashes it. */
  readonly sha256?: string;
  /** How its weights enter the graph. Absent: `auto`. */
  readonly weights?: WeightScheme;
  /** `4-bit`: faster, and what is sampled from may differ. Absent: as the weights are. */
  readonly head?: 'as-weights' | '4-bit';
  /** Loaded at the start, and never given back. */
  readonly isPinned: boolean;
}

const bytesPerMebibyte = 2 ** 20;

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_ENGINES: z.string(),
  DRYDOCK_MODEL: z.string().regex(/^s3:\/\/[a-z0-9.-]+\/(.+\/)?$/, 'is not s3://<bucket>/<prefix>/'),
  DRYDOCK_CREDENTIAL: z
    .string()
    .regex(/^secretsmanager:.+$/, 'is not secretsmanager:<name>')
    .optional(),
  DRYDOCK_SLOTS: integerText(1, 1024),
  DRYDOCK_THREADS: integerText(1, 1024),
  DRYDOCK_CONTEXT_TOKENS: integerText(1, 131_072),
  DRYDOCK_RUNNER: z.enum(['native', 'portable']).default('native'),
  DRYDOCK_EXECUTION_PROVIDER: z.enum(['cpu', 'cuda']).default('cpu'),
  DRYDOCK_SPIN: z.enum(['true', 'false']).default('false'),
  DRYDOCK_DRAIN_MS: integerText(0, 3_600_000).default(25_000),
  DRYDOCK_PREFIX_CACHE_MIB: integerText(0, 1_048_576).default(256),
  DRYDOCK_MODEL_MIB_MAX: integerText(1, 16_777_216).optional(),
  ...tracingFields,
});

const modelSchema = z.object({
  name: modelInfoSchema.shape.name,
  // A name in the model's own directory, so that the file cannot lead out of it.
  file: z.string().refine((file) => file !== '' && !file.startsWith('.') && basename(file) === file, {
    error: 'is not the name of a file',
  }),
  chatStyle: z.enum(['gemma', 'turns']).optional(),
  // Where exports keep their graphs, and nowhere else.
  export: z
    .string()
    .regex(/^(onnx\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.onnx$/, 'is not the name of an ONNX file')
    .optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal')
    .optional(),
  weights: z.enum(weightSchemes).optional(),
  head: z.enum(['as-weights', '4-bit']).optional(),
  pinned: z.boolean().optional(),
});

/**
 * @throws DrydockError WORKER_CONFIG_INVALID, or RPC_CONFIG_INVALID for `DRYDOCK_ENGINES`
 */
export function readWorkerConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const values = parse(environmentSchema, environment, "the worker's environment");
  const runDir = values.DRYDOCK_RUN_DIR;
  return Object.freeze({
    environment: values.DRYDOCK_ENVIRONMENT,
    workerId: readWord(join(runDir, 'node-id'), workerInfoSchema.shape.workerId),
    availabilityZone: readWord(join(runDir, 'availability-zone'), z.string().regex(/^[a-z0-9-]+$/)),
    engines: parseEngines(values.DRYDOCK_ENGINES, ports.engineForWorkers),
    runDirectory: runDir,
    hasCredential: values.DRYDOCK_CREDENTIAL !== undefined,
    slots: values.DRYDOCK_SLOTS,
    threads: values.DRYDOCK_THREADS,
    contextTokensMax: values.DRYDOCK_CONTEXT_TOKENS,
    cacheDir: join(runDir, 'cache'),
    runner: values.DRYDOCK_RUNNER,
    executionProvider: values.DRYDOCK_EXECUTION_PROVIDER,
    spins: values.DRYDOCK_SPIN === 'true',
    drainMs: values.DRYDOCK_DRAIN_MS,
    ...toTracingSettings(values),
    prefixCacheBytes: values.DRYDOCK_PREFIX_CACHE_MIB * bytesPerMebibyte,
    modelBytesMax:
      values.DRYDOCK_MODEL_MIB_MAX === undefined
        ? undefined
        : values.DRYDOCK_MODEL_MIB_MAX * bytesPerMebibyte,
    models: readModels(join(runDir, 'model')),
  });
}

/** One model in the directory itself, or one in each of its directories. */
function readModels(directory: string): readonly ModelConfig[] {
  if (existsSync(join(directory, 'model.json'))) return [readModel(directory)];
  const directories = listDirectories(directory).filter((name) =>
    existsSync(join(directory, name, 'model.json')),
  );
  // The error for a directory that holds neither names the file that is due.
  return directories.length === 0
    ? [readModel(directory)]
    : directories.map((name) => readModel(join(directory, name)));
}

function listDirectories(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function readModel(directory: string): ModelConfig {
  const path = join(directory, 'model.json');
  const json = parseJson(path, readText(path));
  if (typeof json === 'object' && json !== null && 'engine' in json) {
    return Object.freeze({ kind: 'upstream', upstream: parseUpstreamConfig(json, { directory }) });
  }
  const parsed = parse(modelSchema, json, path);
  const { name, file, pinned = false, chatStyle, sha256, weights, head, export: graph = '' } = parsed;
  return Object.freeze({
    kind: 'local',
    name,
    file: join(directory, file, graph),
    isPinned: pinned,
    ...(chatStyle === undefined ? {} : { chatStyle }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(weights === undefined ? {} : { weights }),
    ...(head === undefined ? {} : { head }),
  });
}

function readWord(path: string, schema: z.ZodType<string>): string {
  return parse(schema, readText(path).trim(), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(
      path,
      'it is not there or not readable; set DRYDOCK_RUN_DIR to a directory that has it',
      cause,
    );
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'it is not JSON; write it as docs/launch-contract.md says', cause);
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  const reason = `${field ? `${field}: ` : ''}${issue?.message}; correct it as docs/launch-contract.md says`;
  throw invalid(source, reason, parsed.error);
}

function invalid(source: string, reason: string, cause: unknown): DrydockError {
  return new DrydockError<WorkerErrorCode>('WORKER_CONFIG_INVALID', `could not read ${source}: ${reason}`, {
    cause,
  });
}
