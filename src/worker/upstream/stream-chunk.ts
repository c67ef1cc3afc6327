/** One event of a streamed completion, from any of the dialects, as one shape. Untrusted: what does not fit is an error. */

import { z } from 'zod';
import type { ChosenLogprob } from '../../rpc/contract/generate.ts';
import { type CallPiece, callPieceSchema, functionNameSchema } from '../../rpc/contract/tools.ts';
import { readLogprobs } from './chunk-logprobs.ts';
import { parseErrorDetail, refusalOf, upstreamFailed } from './upstream-errors.ts';

export interface StreamChunk {
  readonly text: string;
  readonly calls?: readonly CallPiece[];
  /** Of the tokens that this chunk adds. Absent: the server does not tell them. */
  readonly ids?: readonly number[];
  /** One for each token that this chunk adds, where they were asked for. */
  readonly logprobs?: readonly ChosenLogprob[];
  /** Of the whole answer up to here, as the server counts. */
  readonly completionTokens?: number;
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly finishReason?: string;
  /** The token that ended the answer, where the server names it. */
  readonly endId?: number;
}

const count = z.int().min(0).nullish();

const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
});

/** llama-server's, in every event where `timings_per_token` asks for it: `cache_n` and `prompt_n` make up the prompt. */
const timingsSchema = z.object({ cache_n: count, prompt_n: count, predicted_n: count });

const callSchema = z.object({
  index: callPieceSchema.shape.index,
  function: z.object({
    name: functionNameSchema.or(z.literal('')).nullish(),
    arguments: z.string().nullish(),
  }),
});

const choiceSchema = z.object({
  index: z.int().nullish(),
  text: z.string().nullish(),
  delta: z
    .object({
      content: z.string().nullish(),
      reasoning: z.string().nullish(),
      reasoning_content: z.string().nullish(),
      refusal: z.string().nullish(),
      tool_calls: z.array(callSchema).nullish(),
    })
    .nullish(),
  token_ids: z.array(z.int().min(0)).nullish(),
  // Optional, or Zod asks for the key.
  logprobs: z.unknown().optional(),
  finish_reason: z.string().nullish(),
  /** vLLM's: null for the end token, a stop id, or a stop string. */
  stop_reason: z.union([z.int(), z.string()]).nullish(),
  /** SGLang's. */
  matched_stop: z.union([z.int(), z.string()]).nullish(),
});

const chunkSchema = z.object({
  choices: z.array(choiceSchema).max(1),
  usage: usageSchema.nullish(),
  timings: timingsSchema.nullish(),
});

export interface ChunkOptions {
  /** Alternatives that were asked for. Absent: no log probabilities were. */
  readonly logprobs?: number | undefined;
  /** Functions may be called. */
  readonly hasTools?: boolean;
}

/**
 * @param json the value of a `data` event.
 * @throws DrydockError RPC_GENERATION_FAILED for what is no chunk, or brings what a frame cannot carry; as `refusalOf` for an
 *   error of the server.
 */
export function parseChunk(json: string, { logprobs, hasTools = false }: ChunkOptions): StreamChunk {
  const value = parseJson(json);
  if (isRecord(value) && value.error !== undefined && value.error !== null) throw inBandError(value);
  const parsed = chunkSchema.safeParse(value);
  // The issues quote nothing of the answer, but the value does: so there is no cause.
  if (!parsed.success) throw upstreamFailed('it sent an event that is no part of a completion');
  const { choices, usage, timings } = parsed.data;
  const [choice] = choices;
  const { tool_calls: called, ...delta } = choice?.delta ?? {};
  const calls = called ?? [];
  refuseOtherParts(delta, calls.length > 0 && !hasTools);
  const read = logprobs === undefined ? undefined : readLogprobs(choice?.logprobs, { top: logprobs });
  const ids = choice?.token_ids ?? read?.ids;
  const endId = [choice?.stop_reason, choice?.matched_stop].find((end) => typeof end === 'number');
  return {
    text: choice?.text ?? choice?.delta?.content ?? '',
    ...(calls.length === 0 ? {} : { calls: calls.map(toPiece) }),
    ...given('ids', ids),
    ...given('logprobs', read?.logprobs),
    ...given('completionTokens', usage?.completion_tokens ?? timings?.predicted_n),
    ...given('promptTokens', usage?.prompt_tokens ?? sumOf(timings?.cache_n, timings?.prompt_n)),
    ...given('cachedTokens', usage?.prompt_tokens_details?.cached_tokens ?? timings?.cache_n),
    ...given('finishReason', choice?.finish_reason),
    ...given('endId', endId),
  };
}

/** @param value the value of an event that reports an error. */
export function inBandError(value: unknown): Error {
  const detail = parseErrorDetail(value);
  return refusalOf(typeof detail.code === 'number' ? detail.code : 500, detail);
}

export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The error of JSON.parse quotes the text.
    throw upstreamFailed('it sent an event that is not JSON');
  }
}

type Delta = NonNullable<z.infer<typeof choiceSchema>['delta']>;

function refuseOtherParts(
  { reasoning, reasoning_content, refusal }: Omit<Delta, 'tool_calls'>,
  hasUnaskedCall: boolean,
): void {
  const part = hasUnaskedCall
    ? 'a call of a tool'
    : reasoning || reasoning_content
      ? 'reasoning apart from the answer'
      : refusal && 'a refusal apart from the answer';
  if (part) throw upstreamFailed(`it answers with ${part}; start it without a parser for that`);
}

/** Some name a function in every part, some with an empty name in the later ones. */
function toPiece({ index, function: { name, arguments: more } }: z.infer<typeof callSchema>): CallPiece {
  return { index, ...(name ? { name } : {}), arguments: more ?? '' };
}

function given<Key extends string, Value>(key: Key, value: Value | null | undefined) {
  return value === null || value === undefined ? {} : { [key]: value };
}

function sumOf(one: number | null | undefined, other: number | null | undefined): number | undefined {
  return typeof one === 'number' && typeof other === 'number' ? one + other : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
