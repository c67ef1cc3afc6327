/**
 * The tokenizer of a directory as Hugging Face lays it out, in the worker's own shape: the one that a GGUF file of the same model has,
 * entry by entry.
 */

import { join } from 'node:path';
import { modelFileInvalid, quoted } from '../gguf/model-file-error.ts';
import { openRegularFile } from '../gguf/regular-file-runtime.ts';
import { parseByteToken, spaceMark } from '../text/piece-table.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';
import { parseTokenizerConfig } from './tokenizer-config.ts';
import { readTokenizerFiles } from './tokenizer-files-runtime.ts';
import { type AddedToken, parseTokenizerJson, type TokenizerJson } from './tokenizer-json.ts';

/** Gemma-3's has 33 MB. */
const tokenizerBytesMax = 128 * 1024 * 1024;

/** What GGUF files give the tokens that no joining makes. */
const matchedScore = -1000;
const userSpecial: ReadonlySet<string> = new Set(['<start_of_image>', '<end_of_image>']);

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a file is missing or corrupt, WORKER_MODEL_UNSUPPORTED for another tokenizer
 *   than Gemma-3's.
 */
export async function readTokenizer(directory: string): Promise<Vocabulary> {
  const { bos, eos, addBos, chatTemplate } = parseTokenizerConfig(await readTokenizerFiles(directory));
  const file = join(directory, 'tokenizer.json');
  await using opened = await openRegularFile(file);
  if (opened.bytes > tokenizerBytesMax) throw modelFileInvalid(file, `it has ${opened.bytes} bytes`);
  const json = await parseTokenizerJson(opened);
  const types = typesOf(json);
  return {
    tokens: json.tokens.map((text, id) =>
      types[id] === tokenTypes.userDefined ? text.replaceAll(spaceMark, ' ') : text,
    ),
    scores: scoresOf(json, types),
    types,
    bosId: idOf(json, bos, file),
    eosId: idOf(json, eos, file),
    addBos: addBos ?? json.opening === bos,
    addSpacePrefix: false,
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
}

function typesOf({ tokens, added }: TokenizerJson): Int32Array {
  const types = new Int32Array(tokens.length).fill(tokenTypes.normal);
  for (let id = 0; id < types.length; id++) {
    const text = tokens[id] ?? '';
    if (text.startsWith('<0x') && parseByteToken(text) !== undefined) types[id] = tokenTypes.byte;
  }
  for (const token of added) types[token.id] = isControl(token) ? tokenTypes.control : tokenTypes.userDefined;
  return types;
}

/** Not all that a program alone may place is marked as special, and the marks around pictures are no danger to a text model. */
function isControl({ content, special }: AddedToken): boolean {
  if (userSpecial.has(content)) return false;
  return special || content === '<mask>' || /^<unused\d+>$/.test(content);
}

/** Joined pieces in their order, then the single characters, which nothing joins. */
function scoresOf({ mergeOrder }: TokenizerJson, types: Int32Array): Float32Array {
  const scores = new Float32Array(types.length);
  const isJoined = new Uint8Array(types.length);
  let rank = 0;
  for (const id of mergeOrder) {
    scores[id] = -rank++;
    isJoined[id] = 1;
  }
  for (let id = 0; id < types.length; id++) {
    if (types[id] === tokenTypes.control || types[id] === tokenTypes.userDefined) scores[id] = matchedScore;
    else if (types[id] === tokenTypes.normal && isJoined[id] === 0) scores[id] = -rank++;
  }
  return scores;
}

function idOf({ tokens }: TokenizerJson, text: string, file: string): number {
  const id = tokens.indexOf(text);
  if (id === -1) throw modelFileInvalid(file, `it has no token ${quoted(text)}`);
  return id;
}
