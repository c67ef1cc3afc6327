/**
 * Log probabilities from the two forms that servers send: a list of tokens (chat, and llama-server everywhere) and parallel lists
 * (completions of vLLM and SGLang). What a server leaves out is filled as well as can be: bytes from the text.
 */

import { z } from 'zod';
import type { ChosenLogprob, TokenLogprob } from '../../rpc/contract/generate.ts';
import { wellFormed } from '../text/well-formed.ts';

export interface ReadLogprobs {
  readonly logprobs: readonly ChosenLogprob[];
  /** Only where the server tells the id of every one of them. */
  readonly ids?: readonly number[];
}

const tokenSchema = z.object({
  id: z.int().min(0).nullish(),
  token: z.string(),
  bytes: z.array(z.int().min(0).max(255)).nullish(),
  logprob: z.number().nullish(),
});
type Token = z.infer<typeof tokenSchema>;

const listSchema = z.object({
  content: z
    .array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).nullish() }))
    .nullish()
    .transform((content) => content ?? []),
});

const parallelSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});

/** What vLLM puts where JSON has no minus infinity. */
const never = -9999;

/** @param options.top how many alternatives each comes with at most. */
export function readLogprobs(value: unknown, { top }: { readonly top: number }): ReadLogprobs | undefined {
  const parallel = parallelSchema.safeParse(value);
  if (parallel.success) return { logprobs: fromParallel(parallel.data, top) };
  const list = listSchema.safeParse(value);
  if (!list.success) return undefined;
  const { content } = list.data;
  const ids = content.map(({ id }) => id).filter((id) => typeof id === 'number');
  return {
    logprobs: content.map((chosen) => {
      const alternatives = chosen.top_logprobs ?? [];
      // llama-server blanks a token whose text it holds back, but not among the alternatives.
      const named = chosen.token === '' ? alternatives.find(({ id }) => id === chosen.id) : undefined;
      return { ...read(named ?? chosen), top: likeliest(alternatives.map(read), top) };
    }),
    ...(content.length > 0 && ids.length === content.length ? { ids } : {}),
  };
}

function fromParallel(
  { tokens, token_logprobs, top_logprobs }: z.infer<typeof parallelSchema>,
  top: number,
): ChosenLogprob[] {
  return tokens.map((token, at) => {
    const alternatives = Object.entries(top_logprobs?.[at] ?? {}).map(([token, logprob]) =>
      read({ token, logprob }),
    );
    return { ...read({ token, logprob: token_logprobs[at] }), top: likeliest(alternatives, top) };
  });
}

function read({ token, bytes, logprob }: Token): TokenLogprob {
  const text = wellFormed(token);
  return { text, bytes: bytes ?? [...Buffer.from(text)], logprob: logprob ?? never };
}

function likeliest(alternatives: readonly TokenLogprob[], top: number): TokenLogprob[] {
  return alternatives.toSorted((one, other) => other.logprob - one.logprob).slice(0, top);
}
