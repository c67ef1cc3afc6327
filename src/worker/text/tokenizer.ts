/**
 * Text to token ids as Gemma-3's own tokenizer does it. In mode `plain` no text whatever gives a control
 * token; text from outside is encoded in no other mode.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { tokenTypes, type Vocabulary } from '../vocabulary.ts';
import { createPieceTable, idsOfType, type PieceTable, spaceMark } from './piece-table.ts';
import { createStretchEncoder } from './stretch-encoder.ts';
import { createTokenTrie, type TokenTrie } from './token-trie.ts';
import { wellFormed } from './well-formed.ts';

export interface EncodeOptions {
  /** `recognised`: text such as `<start_of_turn>` becomes the control token. `plain`: it stays text. */
  readonly control: 'recognised' | 'plain';
}

export interface Tokenizer {
  /** Ids of the text, without a token for its beginning. A lone surrogate counts as U+FFFD. */
  encode(text: string, options: EncodeOptions): number[];
  /** UTF-16 code units that one token stands for, at most. */
  readonly tokenLengthMax: number;
}

/** @throws DrydockError WORKER_MODEL_UNSUPPORTED for a vocabulary that Gemma-3 would not have. */
export function createTokenizer(vocabulary: Vocabulary): Tokenizer {
  if (vocabulary.addSpacePrefix) {
    throw new DrydockError<WorkerErrorCode>(
      'WORKER_MODEL_UNSUPPORTED',
      'could not read the vocabulary: it wants a space before every text, which Gemma-3 does not; use a Gemma-3 file',
    );
  }
  const table = createPieceTable(vocabulary);
  const userDefined = specialEntries(vocabulary, tokenTypes.userDefined);
  const tries = {
    plain: createTokenTrie(userDefined),
    recognised: createTokenTrie([...userDefined, ...specialEntries(vocabulary, tokenTypes.control)]),
  };
  return {
    encode: (text, { control }) => encodeText(wellFormed(text), tries[control], table),
    tokenLengthMax: vocabulary.tokens.reduce((longest, token) => Math.max(longest, token.length), 0),
  };
}

function specialEntries(vocabulary: Vocabulary, type: number): (readonly [string, number])[] {
  // Files write runs of spaces as spaces, Gemma's own tokenizer matches them as runs of marks and merges real spaces.
  return Array.from(idsOfType(vocabulary, type), (id) => [
    (vocabulary.tokens[id] ?? '').replaceAll(' ', spaceMark),
    id,
  ]);
}

function encodeText(text: string, special: TokenTrie, table: PieceTable): number[] {
  const ids: number[] = [];
  const encodeStretch = createStretchEncoder(table);
  let from = 0;
  while (from < text.length) {
    const match = special.next(text, from);
    const end = match?.start ?? text.length;
    if (end > from) encodeStretch(text.slice(from, end).replaceAll(' ', spaceMark), ids);
    if (match !== undefined) ids.push(match.id);
    from = match?.end ?? text.length;
  }
  return ids;
}
