/**
 * Makes a tokenizer's vocabulary as long as a model's table of embeddings. The two differ a little in published Gemma-3: the text
 * models' tokenizer has a token for pictures that they have no embedding for, and the larger models' tables are rounded up.
 */

import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';

const differenceMax = 1024;

/**
 * @param options.rows embeddings of the model; `path` names it in errors.
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when tokenizer and model do not belong together.
 */
export function fitVocabulary(
  vocabulary: Vocabulary,
  { rows, path }: { readonly rows: number; readonly path: string },
): Vocabulary {
  const count = vocabulary.tokens.length;
  if (count === rows) return vocabulary;
  const { bosId, eosId } = vocabulary;
  if (Math.abs(count - rows) > differenceMax || bosId >= rows || eosId >= rows) {
    throw modelFileInvalid(path, `its tokenizer has ${count} tokens, and there are ${rows} embeddings`);
  }
  const tokens = vocabulary.tokens.slice(0, rows);
  // Rows that no token names: what llama.cpp calls them too.
  for (let id = tokens.length; id < rows; id++) tokens.push(`[PAD${id}]`);
  const scores = new Float32Array(rows).fill(-1000);
  scores.set(vocabulary.scores.subarray(0, rows));
  const types = new Int32Array(rows).fill(tokenTypes.unused);
  types.set(vocabulary.types.subarray(0, rows));
  return { ...vocabulary, tokens, scores, types };
}
