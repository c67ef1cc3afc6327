/** Events as vLLM's source has them, and as a llama-server of August 2026 sent them, without what nobody reads. */

import { doneEvent, json, page, type Routes, stream } from './scripted-server.ts';

export interface Step {
  readonly text: string;
  readonly ids?: readonly number[];
}

const usage = (promptTokens: number, completionTokens: number) => ({
  prompt_tokens: promptTokens,
  total_tokens: promptTokens + completionTokens,
  completion_tokens: completionTokens,
});

interface End {
  readonly reason?: string | null;
  readonly stopReason?: number | string | null;
}

const promptTokens = 13;

/** vLLM: ids in every chunk, those of the end token among them; usage in every chunk and once more at the end. */
export function vllmEvents(
  steps: readonly Step[],
  { reason = 'stop', stopReason = null }: End = {},
): unknown[] {
  let tokens = 0;
  return [
    {
      object: 'chat.completion.chunk',
      model: 'g',
      prompt_token_ids: [2, 105, 2364],
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
      usage: usage(promptTokens, 0),
    },
    ...steps.map(({ text, ids = [1000 + tokens] }, at) => {
      tokens += ids.length;
      const isLast = at === steps.length - 1;
      return {
        object: 'chat.completion.chunk',
        model: 'g',
        choices: [
          {
            index: 0,
            delta: { content: text },
            logprobs: null,
            token_ids: ids,
            ...(isLast
              ? { finish_reason: reason, stop_reason: reason === 'stop' ? stopReason : null }
              : { finish_reason: null }),
          },
        ],
        usage: usage(promptTokens, tokens),
      };
    }),
    { object: 'chat.completion.chunk', choices: [], usage: usage(promptTokens, tokens) },
    doneEvent,
  ];
}

/** llama-server: no ids, a count in each chunk; the end token counts and has no chunk of its own in a chat. */
export function llamaEvents(
  texts: readonly string[],
  { reason = 'stop' }: { readonly reason?: string } = {},
): unknown[] {
  const timings = (predicted_n: number) => ({ cache_n: 8, prompt_n: promptTokens - 8, predicted_n });
  const total = texts.length + (reason === 'stop' ? 1 : 0);
  return [
    { choices: [{ finish_reason: null, index: 0, delta: { role: 'assistant', content: null } }] },
    ...texts.map((content, at) => ({
      choices: [{ finish_reason: null, index: 0, delta: { content } }],
      timings: timings(at + 1),
    })),
    { choices: [{ finish_reason: reason, index: 0, delta: {} }] },
    {
      choices: [],
      usage: { ...usage(promptTokens, total), prompt_tokens_details: { cached_tokens: 8 } },
      timings: timings(total),
    },
    doneEvent,
  ];
}

/** A server with OpenAI's API and nothing more: no count before the end. */
export function plainEvents(texts: readonly string[], completionTokens = texts.length): unknown[] {
  return [
    { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
    ...texts.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: usage(promptTokens, completionTokens) },
    doneEvent,
  ];
}

export const vllmMetrics = `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a \\"b\\" {c} 7"} 3.0
vllm:num_requests_running{engine="1",model_name="g"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="g"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 99.0
vllm:kv_cache_usage_perc{engine="0",model_name="g"} 0.25
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="g"} 4.0
`;

export const llamaMetrics = `# HELP llamacpp:requests_processing Number of requests processing
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 2
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 1
`;

export function vllmRoutes(events: readonly unknown[] = vllmEvents([{ text: 'Hi' }])): Routes {
  return {
    '/health': page(''),
    '/v1/models': json(200, {
      object: 'list',
      data: [{ id: 'g', object: 'model', owned_by: 'vllm', root: 'g', max_model_len: 4096 }],
    }),
    '/v1/chat/completions': stream(events),
    '/v1/completions': stream(events),
  };
}

export function llamaRoutes(events: readonly unknown[] = llamaEvents(['Hi'])): Routes {
  return {
    '/health': json(200, { status: 'ok' }),
    '/v1/models': json(200, {
      object: 'list',
      data: [
        { id: 'g.gguf', aliases: ['g'], owned_by: 'llamacpp', meta: { n_ctx: 1024, n_ctx_train: 32768 } },
      ],
    }),
    '/props': json(200, { default_generation_settings: { n_ctx: 2048 }, total_slots: 2 }),
    '/slots': json(200, [
      { id: 0, is_processing: true },
      { id: 1, is_processing: false },
    ]),
    '/metrics': json(501, { error: { message: 'no --metrics', type: 'not_supported_error', code: 501 } }),
    '/v1/chat/completions': stream(events),
    '/v1/completions': stream(events),
  };
}

export function plainRoutes(events: readonly unknown[] = plainEvents(['Hi'])): Routes {
  return {
    '/v1/models': json(200, { data: [{ id: 'g', object: 'model', owned_by: 'somebody' }] }),
    '/v1/chat/completions': stream(events),
    '/v1/completions': stream(events),
  };
}
