/**
 * Ids of a prompt by the server behind this worker, where it has a route for that. Sources: vLLM `entrypoints/serve/tokenize`,
 * llama.cpp `tools/server/README.md`. No error holds text of the prompt or of the server.
 */

import { z } from 'zod';
import type { TokenizeRequest } from '../../rpc/contract/tokenize.ts';
import { isDrydockError } from '../../rpc/errors.ts';
import type { TokenizeHandler } from '../../rpc/inference.ts';
import type { DialectName } from './dialect.ts';
import { parseJson } from './stream-chunk.ts';
import type { UpstreamClient } from './upstream-client-runtime.ts';
import { parseErrorDetail, refusalOf, upstreamFailed, upstreamLost } from './upstream-errors.ts';
import { stateOf, type UpstreamFacts } from './upstream-facts-runtime.ts';

export interface UpstreamTokenizerOptions {
  readonly client: UpstreamClient;
  readonly facts: UpstreamFacts;
}

type Ask = (path: string, body: object) => Promise<unknown>;

const askMsMax = 10_000;
const tokensSchema = z.object({ tokens: z.array(z.int().min(0)) });
const promptSchema = z.object({ prompt: z.string() });

const questions: Readonly<
  Partial<Record<DialectName, (request: TokenizeRequest, model: string, ask: Ask) => Promise<unknown>>>
> = {
  vllm: ({ prompt, messages, addSpecialTokens }, model, ask) =>
    ask(
      '/tokenize',
      prompt === undefined
        ? { model, messages, add_generation_prompt: true }
        : { model, prompt, add_special_tokens: addSpecialTokens },
    ),
  async 'llama-server'({ prompt, messages, addSpecialTokens }, _model, ask) {
    if (prompt !== undefined)
      return await ask('/tokenize', { content: prompt, add_special: addSpecialTokens });
    const template = promptSchema.safeParse(await ask('/apply-template', { messages })).data;
    if (template === undefined) throw upstreamFailed('what it made of the messages is no prompt');
    return await ask('/tokenize', { content: template.prompt, add_special: true, parse_special: true });
  },
};

/** @returns undefined for a server that has no such route. */
export function createUpstreamTokenizer({
  client,
  facts,
}: UpstreamTokenizerOptions): TokenizeHandler | undefined {
  const question = questions[facts.dialect];
  if (question === undefined) return undefined;
  return async function tokenize(request, { signal }) {
    const ask: Ask = async (path, body) => {
      const { status, text } = await client
        .ask({ method: 'POST', path, body, signal }, { timeoutMs: askMsMax })
        .catch((error: unknown) => {
          throw upstreamLost(`its connection broke (${stateOf(error)})`, error);
        });
      if (status !== 200) throw refusalOf(status, parseErrorDetail(jsonOf(text)));
      return parseJson(text);
    };
    const ids = tokensSchema.safeParse(await question(request, facts.upstreamModel, ask)).data?.tokens;
    if (ids === undefined) throw upstreamFailed('what it said of the prompt is no list of tokens');
    return { ids, contextTokensMax: facts.contextTokensMax };
  };
}

/** A page of text says no more than the status does. */
function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (isDrydockError(error)) return undefined;
    throw error;
  }
}
