/** What the worker program reads from its environment and from its run directory (docs/launch-contract.md), once. */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type EngineAddress, parseEngines } from '../rpc/contract/engines.ts';
import { integerText } from '../rpc/contract/integer-text.ts';
import { ports } from '../rpc/contract/ports.ts';
import { modelInfoSchema, workerInfoSchema } from '../rpc/contract/worker.ts';
import { DrydockError } from '../rpc/errors.ts';
import type { WorkerErrorCode } from './errors.ts';
import type { ChatStyle } from './text/chat-format.ts';

export interface WorkerConfig {
  readonly environment: string;
  readonly workerId: string;
  readonly availabilityZone: string;
  readonly engines: readonly EngineAddress[];
  /** Generations it runs at once. */
  readonly slots: number;
  /** Threads of one model step. */
  readonly threads: number;
  /** Tokens of one sequence at most, prompt and completion together. */
  readonly contextTokensMax: number;
  /** Where built graphs are kept. */
  readonly cacheDir: string;
  readonly model: ModelConfig;
}

export interface ModelConfig {
  /** The name that requests use. */
  readonly name: string;
  /** Path of the model file. */
  readonly file: string;
  /** Absent: what the file asks for. */
  readonly chatStyle?: ChatStyle;
  /** SHA-256 of the file in hexadecimal, from whoever put it there and checked it. Absent: the worker hashes the file. */
  readonly sha256?: string;
}

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_ENGINES: z.string(),
  DRYDOCK_MODEL: z.string().regex(/^s3:\/\/[a-z0-9.-]+\/(.+\/)?$/, 'is not s3://<bucket>/<prefix>/'),
  DRYDOCK_SLOTS: integerText(1, 1024),
  DRYDOCK_THREADS: integerText(1, 1024),
  DRYDOCK_CONTEXT_TOKENS: integerText(1, 131_072),
});

const modelSchema = z.object({
  name: modelInfoSchema.shape.name,
  // A name in the model's own directory, so that the file cannot lead out of it.
  file: z.string().refine((file) => file !== '' && !file.startsWith('.') && basename(file) === file, {
    error: 'is not the name of a file',
  }),
  chatStyle: z.enum(['gemma', 'turns']).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal')
    .optional(),
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
    slots: values.DRYDOCK_SLOTS,
    threads: values.DRYDOCK_THREADS,
    contextTokensMax: values.DRYDOCK_CONTEXT_TOKENS,
    cacheDir: join(runDir, 'cache'),
    model: readModel(join(runDir, 'model')),
  });
}

function readModel(directory: string): ModelConfig {
  const path = join(directory, 'model.json');
  const { name, file, chatStyle, sha256 } = parse(modelSchema, parseJson(path, readText(path)), path);
  return Object.freeze({
    name,
    file: join(directory, file),
    ...(chatStyle === undefined ? {} : { chatStyle }),
    ...(sha256 === undefined ? {} : { sha256 }),
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
