/** The handler of a worker that has no model: it counts the tokens it gives, and remembers what became of each request. */

import { setTimeout as delay } from 'node:timers/promises';
import type { GenerateHandler } from '../../../src/rpc/inference.ts';

/** What was done for the request with a certain last message, or prompt. */
export interface Generation {
  tokens: number;
  isAborted: boolean;
  isEnded: boolean;
}

export const generations = new Map<string, Generation>();

/** Five tokens at once; "endless" goes on, slowly, and "silent" says nothing, both until told to stop. */
export const countTokens: GenerateHandler = async function* countTokens(
  { messages, prompt = '' },
  { signal },
) {
  const content = messages.at(-1)?.content ?? prompt;
  const generation: Generation = { tokens: 0, isAborted: false, isEnded: false };
  generations.set(content, generation);
  signal.addEventListener('abort', () => {
    generation.isAborted = true;
  });
  try {
    if (content.startsWith('silent')) await delay(2 ** 30, undefined, { signal, ref: false });
    const tokensMax = content.startsWith('endless') ? 100_000 : 5;
    for (let seq = 0; seq < tokensMax; seq += 1) {
      if (content.startsWith('endless')) await delay(5, undefined, { signal });
      generation.tokens += 1;
      yield { seq, ids: [seq], text: `${seq} ` };
    }
    yield {
      done: {
        finishReason: 'stop' as const,
        usage: { promptTokens: messages.length, completionTokens: tokensMax },
      },
    };
  } finally {
    generation.isEnded = true;
  }
};
