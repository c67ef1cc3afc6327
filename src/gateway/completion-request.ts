/** What the routes that write text understand of a request, and what a worker is asked for: one generation for each choice. Pure. */

import type { ChatMessage, GenerateRequest, Sampling } from '../rpc/contract/generate.ts';
import type { ToolUse } from '../rpc/contract/tools.ts';

export const choicesMax = 8;

export interface CompletionRequest {
  readonly model: string;
  /** Empty where there is a `prompt`. */
  readonly messages: ChatMessage[];
  /** Text to be continued. */
  readonly prompt?: string;
  /** What the answers may call, or must. */
  readonly tools?: ToolUse;
  /** Absent: the gateway's default. */
  readonly maxTokens?: number;
  readonly sampling: Omit<Sampling, 'maxTokens'>;
  /** How many answers, from 1. */
  readonly choices: number;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
  /** What the answer repeats of its request. Absent: nothing. */
  readonly echo?: Readonly<Record<string, unknown>>;
  /** What the client calls its prompt and its bound. Absent: as chat completions do, or text completions where there is a `prompt`. */
  readonly paramNames?: { readonly prompt: string; readonly maxTokens: string };
}

export interface GenerationOptions {
  /** Of the whole answer. Never the client's x-request-id: two requests with one id could cancel each other. */
  readonly id: string;
  readonly maxTokensDefault: number;
  readonly deadlineUnixMs: number;
}

/** @returns one for each choice, in their order. */
export function generationsOf(request: CompletionRequest, options: GenerationOptions): GenerateRequest[] {
  const { model, messages, prompt, tools, sampling, choices } = request;
  const { id, maxTokensDefault, deadlineUnixMs } = options;
  return Array.from({ length: choices }, (_, index) => ({
    requestId: choices === 1 ? id : `${id}-${index}`,
    model,
    messages,
    ...(prompt === undefined ? {} : { prompt }),
    ...(tools === undefined ? {} : { tools }),
    sampling: {
      ...sampling,
      maxTokens: request.maxTokens ?? maxTokensDefault,
      // One seed for all would make all choices the same.
      ...(sampling.seed === undefined ? {} : { seed: seedAfter(sampling.seed, index) }),
    },
    deadlineUnixMs,
  }));
}

/** Goes on from 0 after the last seed there is. */
function seedAfter(seed: number, steps: number): number {
  const left = Number.MAX_SAFE_INTEGER - seed;
  return steps <= left ? seed + steps : steps - left - 1;
}
