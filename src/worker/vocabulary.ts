/** A model's vocabulary as its file gives it. Indexes are token ids. */

export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Vocabulary {
  readonly tokens: readonly string[];
  /** SentencePiece scores: 0, -1, -2 … in merge order for Gemma's BPE. */
  readonly scores: Float32Array;
  /** GGUF token types, see `tokenTypes`. */
  readonly types: Int32Array;
  readonly bosId: number;
  readonly eosId: number;
  readonly addBos: boolean;
  readonly addSpacePrefix: boolean;
  /** The Jinja text of the chat template, absent in base models. */
  readonly chatTemplate?: string;
}
