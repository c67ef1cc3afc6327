/**
 * Names, labels and buckets of what the gateway tells. `vllm:*` are those that dashboards of vLLM read; `gen_ai_*` are OpenTelemetry's
 * semantic conventions for generative AI as Prometheus spells them, with the buckets that they advise. Those are in development, so the names stand here.
 */

/** 1, 4, 16, …, 67108864. */
export const tokenBuckets = Array.from({ length: 14 }, (_, power) => 4 ** power);
export const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
export const firstTokenBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
];
export const tokenTimeBuckets = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
export const overheadBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];

/** Every counter and histogram. Gauges, which are read when they are asked for, stand in `gauges.ts`. */
export const counters = {
  requests: {
    name: 'gateway_requests_total',
    help: 'Requests that have ended, by route, status and our error code.',
    labelNames: ['route', 'status', 'error_code'],
  },
  successes: {
    name: 'vllm:request_success_total',
    help: 'Answers that became whole.',
    labelNames: ['model_name', 'finished_reason'],
  },
  promptTokens: {
    name: 'vllm:prompt_tokens_total',
    help: 'Tokens of prompts of whole answers.',
    labelNames: ['model_name'],
  },
  completionTokens: {
    name: 'vllm:generation_tokens_total',
    help: 'Tokens that workers have sent, of answers that broke off too.',
    labelNames: ['model_name'],
  },
} as const;

export const histograms = {
  overhead: {
    name: 'gateway_overhead_seconds',
    help: 'Time of a completion less its waits for the worker and for the client: what the gateway itself adds.',
    labelNames: ['route'],
    buckets: overheadBuckets,
  },
  e2eLatency: {
    name: 'vllm:e2e_request_latency_seconds',
    help: 'Time of a whole answer.',
    labelNames: ['model_name'],
    buckets: durationBuckets,
  },
  firstToken: {
    name: 'vllm:time_to_first_token_seconds',
    help: 'Time from the request to its first token.',
    labelNames: ['model_name'],
    buckets: firstTokenBuckets,
  },
  tokenTime: {
    name: 'vllm:time_per_output_token_seconds',
    help: 'Mean time of an answer between one token and the next.',
    labelNames: ['model_name'],
    buckets: tokenTimeBuckets,
  },
  genAiTokens: {
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of a whole answer, by gen_ai.token.type.',
    labelNames: ['gen_ai_operation_name', 'gen_ai_request_model', 'gen_ai_token_type'],
    buckets: tokenBuckets,
  },
  genAiDuration: {
    name: 'gen_ai_server_request_duration_seconds',
    help: 'Time of a completion, by error.type where it failed.',
    labelNames: ['gen_ai_operation_name', 'gen_ai_request_model', 'error_type'],
    buckets: durationBuckets,
  },
  genAiFirstToken: {
    name: 'gen_ai_server_time_to_first_token_seconds',
    help: 'Time from the request to its first token.',
    labelNames: ['gen_ai_operation_name', 'gen_ai_request_model'],
    buckets: firstTokenBuckets,
  },
  genAiTokenTime: {
    name: 'gen_ai_server_time_per_output_token_seconds',
    help: 'Mean time of an answer between one token and the next.',
    labelNames: ['gen_ai_operation_name', 'gen_ai_request_model'],
    buckets: tokenTimeBuckets,
  },
} as const;
