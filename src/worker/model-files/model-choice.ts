/** What a person means by the word after `--model`: a model of the manifest, or a file or a directory of theirs. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Manifest } from './manifest.ts';

export type ModelChoice =
  | { readonly kind: 'default' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

/**
 * A name wins over a file of that name: `./NAME` means the file.
 * @param options.isThere whether a path is a file or a directory.
 * @throws DrydockError WORKER_MODEL_UNKNOWN
 */
export function parseModelChoice(
  word: string | undefined,
  { manifest, isThere }: { readonly manifest: Manifest; readonly isThere: (path: string) => boolean },
): ModelChoice {
  if (word === undefined) return { kind: 'default' };
  if (manifest.models.some(({ name }) => name === word)) return { kind: 'name', name: word };
  if (word !== '' && isThere(word)) return { kind: 'file', path: word };
  const names = manifest.models.map(({ name }) => name).join(', ');
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_UNKNOWN',
    `could not find the model ${JSON.stringify(word)}: it is no file, no directory and no name of the manifest; name a GGUF file, a Hugging Face directory, or one of ${names}`,
  );
}
