/** What a person means by the word after `--model`: a model of the manifest, or a file of theirs. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { Manifest } from './manifest.ts';

export type ModelChoice =
  | { readonly kind: 'default' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

/**
 * A name wins over a file of that name: `./NAME` means the file.
 * @throws DrydockError WORKER_MODEL_UNKNOWN
 */
export function parseModelChoice(
  word: string | undefined,
  { manifest, isFile }: { readonly manifest: Manifest; readonly isFile: (path: string) => boolean },
): ModelChoice {
  if (word === undefined) return { kind: 'default' };
  if (manifest.models.some(({ name }) => name === word)) return { kind: 'name', name: word };
  if (word !== '' && isFile(word)) return { kind: 'file', path: word };
  const names = manifest.models.map(({ name }) => name).join(', ');
  throw new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_UNKNOWN',
    `could not find the model ${JSON.stringify(word)}: it is neither a file nor a name of the manifest; name a GGUF file, or one of ${names}`,
  );
}
