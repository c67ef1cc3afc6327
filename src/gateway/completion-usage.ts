/** Token counts of an answer, and OpenAI's shape of them. Pure. */

import type { Usage } from '../rpc/contract/generate.ts';

/** All choices answer one prompt, so it counts once; of its tokens, those count as cached that no choice had to compute. */
export function usageOfAll(usages: readonly Usage[]): Usage {
  const cached = usages.flatMap(({ cachedTokens }) => (cachedTokens === undefined ? [] : [cachedTokens]));
  return {
    promptTokens: usages[0]?.promptTokens ?? 0,
    completionTokens: usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
    ...(cached.length === 0 ? {} : { cachedTokens: Math.min(...cached) }),
  };
}

export function completionUsage({ promptTokens, completionTokens, cachedTokens }: Usage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
  };
}
