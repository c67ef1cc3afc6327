/** Reads a list of token ids that somebody wrote. It says nothing about what a model makes of them: `checkTokenIds` does. */

import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import { parseBoundedJson } from '../bounded-json.ts';
import type { WorkerErrorCode } from '../errors.ts';

const idsSchema = z.array(z.int().nonnegative());
const fileSchema = z.union([idsSchema, z.object({ ids: idsSchema }).transform(({ ids }) => ids)]);

/**
 * @param text a JSON array of ids, or an object with such an array as `ids`.
 * @param origin where the text is from, for the message.
 * @throws DrydockError WORKER_IDS_INVALID
 */
export function parseTokenIds(text: string, origin: string): readonly number[] {
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch (cause) {
    throw idsInvalid(origin, 'it is not JSON', cause);
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const isList = Array.isArray(value);
  const ids = isList ? value : typeof value === 'object' && value !== null && 'ids' in value && value.ids;
  if (!Array.isArray(ids)) throw idsInvalid(origin, 'it holds no array of ids', parsed.error);
  const at = ids.findIndex((id) => !idsSchema.element.safeParse(id).success);
  throw idsInvalid(origin, `number ${at + 1} of its ids is no whole number from 0 on`, parsed.error);
}

export interface IdLimits {
  /** For the message. */
  readonly origin: string;
  readonly vocabSize: number;
  readonly contextTokensMax: number;
}

/** @throws DrydockError WORKER_IDS_INVALID when a model cannot take them, or there is nothing to evaluate. */
export function checkTokenIds(
  ids: readonly number[],
  { origin, vocabSize, contextTokensMax }: IdLimits,
): void {
  if (ids.length < 2) {
    throw idsInvalid(origin, `it has ${ids.length} of them, and the likelihood of the next one needs two`);
  }
  if (ids.length > contextTokensMax) {
    throw idsInvalid(origin, `it has ${ids.length} of them, and the model sees ${contextTokensMax} at most`);
  }
  const at = ids.findIndex((id) => id >= vocabSize);
  if (at !== -1) {
    throw idsInvalid(
      origin,
      `number ${at + 1} is ${ids[at]}, and the model's last token is ${vocabSize - 1}`,
    );
  }
}

export function idsInvalid(origin: string, reason: string, cause?: unknown): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_IDS_INVALID',
    `could not read token ids from ${origin}: ${reason}; give a JSON array of ids, or an object with one as "ids"`,
    { cause },
  );
}
