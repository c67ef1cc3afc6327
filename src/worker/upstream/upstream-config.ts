/** What `model.json` says of a model that another server on this host runs. */

import { basename, join } from 'node:path';
import { z } from 'zod';
import { modelInfoSchema } from '../../rpc/contract/worker.ts';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { parseUpstreamAddress, type UpstreamAddress } from './upstream-address.ts';

export interface UpstreamConfig {
  /** The name that requests use. */
  readonly name: string;
  readonly address: UpstreamAddress;
  /** The server's own name of the model. Absent: the only one that it lists. */
  readonly upstreamModel?: string;
  /** Path of a file that holds the server's key and nothing else. */
  readonly apiKeyFile?: string;
  /** Generations at once. Absent: as many as the server says that it runs. */
  readonly slots?: number;
  /** Tokens of one sequence at most. Absent, or more than the server has: the server's. */
  readonly contextTokens?: number;
}

/** The value of `engine` that says that a model is of this kind. */
export const upstreamEngine = 'openai';

const schema = z.object({
  name: modelInfoSchema.shape.name,
  engine: z.literal(upstreamEngine),
  baseUrl: z.string().max(2048),
  upstreamModel: z.string().min(1).max(512).optional(),
  // A name in the model's own directory, so that it cannot lead out of it.
  apiKeyFile: z
    .string()
    .refine((file) => file !== '' && !file.startsWith('.') && basename(file) === file, {
      error: 'is not the name of a file',
    })
    .optional(),
  slots: z.int().min(1).max(1024).optional(),
  contextTokens: z.int().min(1).max(131_072).optional(),
});

/**
 * @param json what `model.json` holds.
 * @param options.directory the directory that `model.json` lies in.
 * @throws DrydockError WORKER_CONFIG_INVALID
 */
export function parseUpstreamConfig(
  json: unknown,
  { directory }: { readonly directory: string },
): UpstreamConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.');
    throw new DrydockError<WorkerErrorCode>(
      'WORKER_CONFIG_INVALID',
      `could not read ${join(directory, 'model.json')}: ${field ? `${field}: ` : ''}${issue?.message}; correct it as docs/upstream.md says`,
      { cause: parsed.error },
    );
  }
  const { name, baseUrl, upstreamModel, apiKeyFile, slots, contextTokens } = parsed.data;
  return Object.freeze({
    name,
    address: parseUpstreamAddress(baseUrl),
    ...(upstreamModel === undefined ? {} : { upstreamModel }),
    ...(apiKeyFile === undefined ? {} : { apiKeyFile: join(directory, apiKeyFile) }),
    ...(slots === undefined ? {} : { slots }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  });
}
