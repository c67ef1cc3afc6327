/**
 * How tokens are chosen, as OpenAI's clients and those of other servers say it, read into the worker's terms. A value that asks for
 * nothing is left out, so that requests which mean the same are the same to a worker.
 */

import { z } from 'zod';
import type { Sampling } from '../rpc/contract/generate.ts';
import { wellFormedText } from './well-formed-text.ts';

const stopText = wellFormedText.min(1);
const penalty = z.number().min(-2).max(2).nullish();
const biasesMax = 1024;
/** One spelling each: two of one id would leave open which counts. */
const tokenIdPattern = /^(0|[1-9]\d{0,9})$/;

// Not a record of zod's: its findings name the key, which is the client's own text.
const logitBias = z
  .custom<Readonly<Record<string, number>>>(isLogitBias, {
    error: `must map at most ${biasesMax} token ids to numbers from -100 to 100`,
  })
  .meta({
    type: 'object',
    maxProperties: biasesMax,
    propertyNames: { pattern: tokenIdPattern.source },
    additionalProperties: { type: 'number', minimum: -100, maximum: 100 },
  });

/** Fields of a body. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: logitBias.nullish(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 53 - 1)
    .nullish(),
  stop: z
    .union([stopText, z.array(stopText).max(4)], { error: 'must be a string or a list of at most 4' })
    .nullish(),
  // Of other servers with this API. 0 and -1 mean all tokens there.
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).max(10).nullish(),
  stop_token_ids: z.array(z.int().min(0)).max(64).nullish(),
};

const samplingBody = z.looseObject(samplingFields);

type SamplingBody = z.infer<typeof samplingBody>;

export type SamplingSettings = Omit<Sampling, 'maxTokens' | 'logprobs' | 'responseFormat'>;

export function toSampling(body: SamplingBody): SamplingSettings {
  const topP = body.top_p ?? 1;
  const stop = body.stop ?? [];
  const biases = Object.entries(body.logit_bias ?? {}).map(([id, bias]) => ({ id: Number(id), bias }));
  return {
    // A nucleus of nothing still holds the likeliest token, so it is greedy.
    temperature: topP === 0 ? 0 : (body.temperature ?? 1),
    topP: topP === 0 ? 1 : topP,
    ...(typeof body.seed === 'number' ? { seed: body.seed } : {}),
    stop: typeof stop === 'string' ? [stop] : stop,
    ...(biases.length === 0 ? {} : { logitBias: biases }),
    ...(body.frequency_penalty ? { frequencyPenalty: body.frequency_penalty } : {}),
    ...(body.presence_penalty ? { presencePenalty: body.presence_penalty } : {}),
    ...(body.top_k && body.top_k > 0 ? { topK: body.top_k } : {}),
    ...(body.min_p ? { minP: body.min_p } : {}),
    ...(body.repetition_penalty && body.repetition_penalty !== 1
      ? { repetitionPenalty: body.repetition_penalty }
      : {}),
    ...(body.stop_token_ids?.length ? { stopIds: body.stop_token_ids } : {}),
  };
}

function isLogitBias(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= biasesMax && entries.every(([id, bias]) => isTokenId(id) && isBias(bias));
}

function isTokenId(text: string): boolean {
  return tokenIdPattern.test(text);
}

function isBias(value: unknown): boolean {
  return typeof value === 'number' && value >= -100 && value <= 100;
}
