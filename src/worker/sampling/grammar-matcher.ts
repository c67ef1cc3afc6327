/** What a constrained answer asks of a grammar, whatever the grammar is. */

import type { ResponseFormat } from '../../rpc/contract/generate.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';

/** One answer's place in a grammar. */
export interface GrammarMatcher {
  /** Sets the logits of all tokens that may not come next to -Infinity. */
  mask(logits: Float32Array): void;
  /** @returns false, and stays where it is, when this token may not come next. */
  accept(id: number): boolean;
  /** Nothing more may come, except an end token. */
  readonly isComplete: boolean;
}

/** Shared by all requests of a model. */
export interface GrammarCompiler {
  /**
   * A matcher at the beginning of an answer; undefined for free text.
   * @param tools what the answer may call, or must: `format` is then that of an answer without calls.
   * @throws DrydockError WORKER_SCHEMA_INVALID for a schema that is none, that nothing satisfies or that is too large,
   *   WORKER_SCHEMA_UNSUPPORTED for a keyword that we do not enforce.
   */
  start(format: ResponseFormat, tools?: ToolUse): Promise<GrammarMatcher | undefined>;
}
