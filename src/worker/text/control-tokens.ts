/** Tokens that only the program places or reads. They are found by name, for ids differ between files. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';

export const turnTokens = { start: '<start_of_turn>', end: '<end_of_turn>' } as const;

/** The id of a control token; undefined where the vocabulary has none of that name. */
export function findControlToken(vocabulary: Vocabulary, name: string): number | undefined {
  for (let id = vocabulary.tokens.indexOf(name); id !== -1; id = vocabulary.tokens.indexOf(name, id + 1)) {
    if (vocabulary.types[id] === tokenTypes.control) return id;
  }
  return undefined;
}

/** @throws DrydockError WORKER_MODEL_UNSUPPORTED */
export function requireControlToken(vocabulary: Vocabulary, name: string): number {
  const id = findControlToken(vocabulary, name);
  if (id === undefined) {
    throw new DrydockError<WorkerErrorCode>(
      'WORKER_MODEL_UNSUPPORTED',
      `could not read the vocabulary: it has no control token ${name}; use a Gemma-3 file`,
    );
  }
  return id;
}

/**
 * Tokens after which the model has said all: the vocabulary's own, Gemma's end of a turn and of a text. Files of tuned models name one
 * of the two as their own, and the model may give either.
 */
export function endTokenIds(vocabulary: Vocabulary): ReadonlySet<number> {
  const named = ['<eos>', turnTokens.end].map((name) => findControlToken(vocabulary, name));
  return new Set([vocabulary.eosId, ...named.filter((id) => id !== undefined)]);
}
