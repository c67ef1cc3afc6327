/**
 * Grammars of a model's response formats. The vocabulary's trie is built when the first one is asked for, in slices between which
 * the event loop runs; compiled grammars are kept, the least recently used go first.
 */

import { setImmediate } from 'node:timers/promises';
import type { Vocabulary } from '../vocabulary.ts';
import type { Automaton } from './grammar/automaton.ts';
import { AutomatonMatcher } from './grammar/automaton-matcher.ts';
import { compileSchema } from './grammar/compile-schema.ts';
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
    async start(format) {
      if (format.type === 'text') return undefined;
      // A format that is refused costs nobody a trie.
      const key = JSON.stringify(format.type === 'json_object' ? format.type : format.schema);
      const automaton = grammars.get(key)?.automaton ?? compileSchema(format);
      building ??= buildInSlices(vocabulary);
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

async function buildInSlices(vocabulary: Vocabulary): Promise<VocabularyTrie> {
  const slices = buildVocabularyTrie(vocabulary);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await setImmediate();
  }
}
