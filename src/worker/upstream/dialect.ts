/**
 * How servers with OpenAI's API differ: which fields a request may have and under which names, and what they say of themselves.
 * A setting that a server does not have is refused with its name; none is dropped, and none is left to a default of the server.
 */

import type { GenerateRequest, ResponseFormat, Sampling } from '../../rpc/contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import { openaiMessage, openaiTools } from './openai-tools.ts';

export type DialectName = 'vllm' | 'llama-server' | 'sglang' | 'openai';

export interface BodyOptions {
  /** The server's own name of the model. */
  readonly upstreamModel: string;
  readonly contextTokensMax: number;
  /** Absent: as the request says. */
  readonly maxTokens?: number;
}

export interface UpstreamCall {
  readonly path: '/v1/chat/completions' | '/v1/completions';
  readonly body: Readonly<Record<string, unknown>>;
}

type Fields = Record<string, unknown>;

interface FieldOptions extends BodyOptions {
  readonly isChat: boolean;
}

/** @throws DrydockError RPC_REQUEST_INVALID with the setting's name, where the server has none like it. */
export function callOf(request: GenerateRequest, dialect: DialectName, options: BodyOptions): UpstreamCall {
  const { sampling, prompt } = request;
  const isChat = prompt === undefined;
  const fields = { ...options, isChat };
  return {
    path: isChat ? '/v1/chat/completions' : '/v1/completions',
    body: {
      model: options.upstreamModel,
      ...(isChat ? { messages: request.messages.map(openaiMessage) } : { prompt }),
      ...(request.tools === undefined ? {} : openaiTools(request.tools)),
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: options.maxTokens ?? sampling.maxTokens,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      frequency_penalty: sampling.frequencyPenalty ?? 0,
      presence_penalty: sampling.presencePenalty ?? 0,
      ...own[dialect](request, fields),
    },
  };
}

/**
 * Settings under the names of each dialect. Sources: vLLM `entrypoints/openai`, llama.cpp `tools/server/server-schema.cpp`,
 * SGLang `srt/entrypoints/openai/protocol.py`, and OpenAI's own reference.
 */
const own: Readonly<Record<DialectName, (request: GenerateRequest, options: FieldOptions) => Fields>> = {
  vllm: ({ sampling, priority }, { isChat }) => ({
    ...extended(sampling, isChat),
    stop_token_ids: sampling.stopIds ?? [],
    return_token_ids: true,
    stream_options: continuousUsage,
    // vLLM's lower values go first.
    ...(priority === undefined || priority === 0 ? {} : { priority: -priority }),
  }),

  sglang: ({ sampling, priority }, { isChat }) => ({
    ...extended(sampling, isChat),
    stop_token_ids: sampling.stopIds ?? [],
    return_token_ids: true,
    stream_options: continuousUsage,
    ...(priority === undefined || priority === 0 ? {} : { priority }),
  }),

  'llama-server'({ sampling, priority }, { isChat, contextTokensMax }) {
    refuse('llama-server', { priority: priority ?? 0, stopIds: sampling.stopIds?.length ?? 0 });
    const { logitBias, seed, logprobs, repetitionPenalty = 1 } = sampling;
    return {
      // Its own order has the temperature last.
      samplers: ['penalties', 'temperature', 'top_k', 'top_p', 'min_p'],
      top_k: sampling.topK ?? 0,
      min_p: sampling.minP ?? 0,
      repeat_penalty: repetitionPenalty,
      // The default of 64 would forget; newer versions refuse -1, and what it means is the context.
      repeat_last_n: contextTokensMax,
      ...(logitBias === undefined ? {} : { logit_bias: logitBias.map(({ id, bias }) => [id, bias]) }),
      // 2^32 - 1 means any seed.
      ...(seed === undefined ? {} : { seed: seed % (2 ** 32 - 1) }),
      ...(logprobs === undefined ? {} : { n_probs: Math.max(1, logprobs) }),
      ...llamaFormat(sampling.responseFormat, isChat),
      timings_per_token: true,
    };
  },

  openai({ sampling, priority }, { isChat }) {
    refuse('a server with nothing but the settings of OpenAI', {
      topK: sampling.topK ?? 0,
      minP: sampling.minP ?? 0,
      repetitionPenalty: (sampling.repetitionPenalty ?? 1) - 1,
      stopIds: sampling.stopIds?.length ?? 0,
      priority: priority ?? 0,
      'responseFormat of a prompt': isChat || isText(sampling.responseFormat) ? 0 : 1,
    });
    // It knows a stop string's end before we do, and says only at its own end how long the prompt was.
    return { ...common(sampling, isChat), ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }) };
  },
};

const continuousUsage = { include_usage: true, continuous_usage_stats: true };

/** What OpenAI has and all but llama-server take as OpenAI does. */
function common({ logitBias, seed, logprobs, responseFormat }: Sampling, isChat: boolean): Fields {
  return {
    ...(logitBias === undefined
      ? {}
      : { logit_bias: Object.fromEntries(logitBias.map(({ id, bias }) => [String(id), bias])) }),
    ...(seed === undefined ? {} : { seed }),
    ...(logprobs === undefined ? {} : isChat ? { logprobs: true, top_logprobs: logprobs } : { logprobs }),
    ...(isText(responseFormat) ? {} : { response_format: openaiFormat(responseFormat) }),
  };
}

/** What vLLM and SGLang add. Absent settings are named too, for the model's `generation_config.json` would fill them in. */
function extended(sampling: Sampling, isChat: boolean): Fields {
  return {
    ...common(sampling, isChat),
    top_k: sampling.topK ?? -1,
    min_p: sampling.minP ?? 0,
    repetition_penalty: sampling.repetitionPenalty ?? 1,
  };
}

function isText(format: ResponseFormat | undefined): format is { readonly type: 'text' } | undefined {
  return format === undefined || format.type === 'text';
}

function openaiFormat(format: Exclude<ResponseFormat, { readonly type: 'text' }>): Fields {
  if (format.type === 'json_object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: JSON.parse(format.schema), strict: true },
  };
}

/** `/v1/completions` passes over `response_format`, and a `json_object` without a schema binds nothing. */
function llamaFormat(format: ResponseFormat | undefined, isChat: boolean): Fields {
  if (isText(format)) return {};
  const schema = format.type === 'json_schema' ? format.schema : '{"type":"object"}';
  if (!isChat) return { json_schema: JSON.parse(schema) };
  return { response_format: openaiFormat({ type: 'json_schema', schema }) };
}

/** @param asked by setting: 0 for one that changes nothing. */
function refuse(who: string, asked: Readonly<Record<string, number>>): void {
  const [field] = Object.entries(asked).find(([, value]) => value !== 0) ?? [];
  if (field === undefined) return;
  throw new DrydockError<RpcErrorCode>(
    'RPC_REQUEST_INVALID',
    `could not start the answer: this worker is in front of ${who}, which has no ${field}; leave it out`,
    { details: { field } },
  );
}
