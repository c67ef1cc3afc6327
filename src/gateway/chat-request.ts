/**
 * Reads the body of a chat completion. What comes out can be honoured in full; anything else is refused with the
 * name of the field. No message quotes a value of the client's.
 */

import { z } from 'zod';
import { messagesField, toChatMessages } from './chat-messages.ts';
import { type CompletionRequest, choicesMax } from './completion-request.ts';
import { invalidIssue, invalidParam } from './invalid-param.ts';
import { responseFormatField, toResponseFormat } from './response-format.ts';
import { samplingFields, toSampling } from './sampling-parameters.ts';
import { toolFields, toToolUse } from './tool-parameters.ts';
import { refuseUnserved } from './unserved-parameters.ts';
import { wellFormedText } from './well-formed-text.ts';

const maxTokens = z.int().min(1).max(131_072).nullish();

export const chatBodySchema = z.looseObject({
  ...samplingFields,
  ...toolFields,
  model: wellFormedText.min(1).max(256),
  messages: messagesField,
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  response_format: responseFormatField,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  n: z.int().min(1).max(choicesMax).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

type Body = z.infer<typeof chatBodySchema>;

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseChatRequest(json: unknown): CompletionRequest {
  const parsed = chatBodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const body = parsed.data;
  refuseUnserved(body, { served: Object.keys(toolFields) });
  refuseContradictions(body);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  const responseFormat = toResponseFormat(body.response_format);
  const tools = toToolUse(body);
  if (tools !== undefined && body.stop_token_ids?.length) {
    throw invalidParam('stop_token_ids', 'could end a call in its middle; leave it out where "tools" are');
  }
  return {
    model: body.model,
    messages: toChatMessages(body.messages),
    ...(tools === undefined ? {} : { tools }),
    ...(typeof limit === 'number' ? { maxTokens: limit } : {}),
    sampling: {
      ...toSampling(body),
      ...(body.logprobs === true ? { logprobs: body.top_logprobs ?? 0 } : {}),
      ...(responseFormat === undefined ? {} : { responseFormat }),
    },
    choices: body.n ?? 1,
    isStream: body.stream === true,
    includeUsage: body.stream_options?.include_usage === true,
  };
}

function refuseContradictions(body: Body): void {
  const { max_tokens: older, max_completion_tokens: newer } = body;
  if (typeof older === 'number' && typeof newer === 'number' && older !== newer) {
    throw invalidParam('max_tokens', 'contradicts max_completion_tokens; send one of the two');
  }
  if (body.top_logprobs && body.logprobs !== true) {
    throw invalidParam('top_logprobs', 'has no meaning without "logprobs": true; leave it out');
  }
  if (body.stream_options && body.stream !== true) {
    throw invalidParam('stream_options', 'has no meaning without "stream": true; leave it out');
  }
}
