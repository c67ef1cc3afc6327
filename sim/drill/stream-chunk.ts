/** Reads a streamed chat completion as its client gets it: one event after the other, into what a transcript holds of them. */
import { z } from 'zod';

const tokenSchema = z.object({ bytes: z.array(z.number()) });

const chunkSchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }),
        logprobs: z.object({ content: z.array(tokenSchema).nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z.object({ prompt_tokens: z.number().optional(), completion_tokens: z.number() }).nullish(),
});

export const errorSchema = z.object({ error: z.object({ code: z.string().nullish(), message: z.string() }) });

export type StreamEvent =
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly code: string; readonly text: string }
  | {
      readonly kind: 'chunk';
      /** Bytes of each token in hexadecimal. */
      readonly tokens: readonly string[];
      readonly text: string;
      readonly finishReason?: string;
      readonly completionTokens?: number;
      readonly promptTokens?: number;
      readonly model?: string;
    };

/** @param data of one server-sent event. @throws where it is none of a chat completion. */
export function parseEvent(data: string): StreamEvent {
  if (data === '[DONE]') return { kind: 'done' };
  const value: unknown = JSON.parse(data);
  const told = errorSchema.safeParse(value);
  if (told.success) {
    const { code, message } = told.data.error;
    return { kind: 'error', code: code ?? 'without a code', text: message };
  }
  const { choices, usage, model } = chunkSchema.parse(value);
  const [choice] = choices;
  const tokens = choice?.logprobs?.content ?? [];
  return {
    kind: 'chunk',
    tokens: tokens.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    text: choice?.delta.content ?? '',
    ...(choice?.finish_reason && { finishReason: choice.finish_reason }),
    ...(usage && { completionTokens: usage.completion_tokens }),
    ...(usage?.prompt_tokens !== undefined && { promptTokens: usage.prompt_tokens }),
    ...(model !== undefined && { model }),
  };
}

/** Cuts a stream of server-sent events into the `data` of each; comments are no events (WHATWG HTML §9.2.6, single-line data). */
export function openEventReader(onData: (data: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) onData(line.slice('data: '.length));
  };
}
