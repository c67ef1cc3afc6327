/**
 * Grammars of a model's response formats and calls. The vocabulary's trie is built when the first one is asked for, in slices between which
 * the event loop runs; compiled grammars are kept, the least recently used go first.
 */

import { setImmediate } from 'node:timers/promises';
import type { ResponseFormat } from '../../rpc/contract/generate.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';
import type { Vocabulary } from '../vocabulary.ts';
import type { Automaton } from './grammar/automaton.ts';
import { AutomatonMatcher } from './grammar/automaton-matcher.ts';
import { compileSchema } from './grammar/compile-schema.ts';
import { compileTools } from './grammar/compile-tools.ts';
import { StateMasks } from './grammar/state-masks.ts';
import { buildVocabularyTrie, type VocabularyTrie } from './grammar/vocabulary-trie.ts';
import type { GrammarCompiler } from './grammar-matcher.ts';

interface Grammar {
  readonly automaton: Automaton;
  readonly masks: StateMasks;
}

/** At 262,144 tokens a grammar's masks take up to 8 MiB. */
const grammarsMax = 16;

/** @param endTokenIds tokens that end an answer, allowed where it is whole. */
export function createGrammarCompiler(
  vocabulary: Vocabulary,
  endTokenIds: ReadonlySet<number>,
): GrammarCompiler {
  const grammars = new Map<string, Grammar>();
  let building: Promise<VocabularyTrie> | undefined;
  return {
    async start(format, tools) {
      if (format.type === 'text' && tools === undefined) return undefined;
      // A format that is refused costs nobody a trie.
      const key = keyOf(format, tools);
      const automaton = grammars.get(key)?.automaton ?? (await compile(format, tools));
      building ??= inSlices(buildVocabularyTrie(vocabulary));
      const trie = await building;
      const grammar = grammars.get(key) ?? { automaton, masks: new StateMasks(automaton.states, trie) };
      grammars.delete(key);
      grammars.set(key, grammar);
      const [oldest = key] = grammars.keys();
      if (grammars.size > grammarsMax) grammars.delete(oldest);
      return new AutomatonMatcher(grammar.automaton, { vocabulary, trie, masks: grammar.masks, endTokenIds });
    },
  };
}

/** What a function is for says nothing of its form. */
function keyOf(format: ResponseFormat, tools: ToolUse | undefined): string {
  const functions = tools?.functions.map(({ description: _, ...rest }) => rest);
  return JSON.stringify([format, tools && { ...tools, functions }]);
}

async function compile(format: ResponseFormat, tools: ToolUse | undefined): Promise<Automaton> {
  if (tools !== undefined) return inSlices(compileTools(tools, format));
  if (format.type === 'text') throw new TypeError('free text has no grammar');
  return compileSchema(format);
}

/** The event loop runs in between. */
async function inSlices<Result>(slices: Generator<unknown, Result, undefined>): Promise<Result> {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await setImmediate();
  }
}
