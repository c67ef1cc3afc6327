/**
 * Reads the body of a chat completion. What comes out can be honoured in full; anything else is refused with the
 * name of the field. No message quotes a value of the client's.
 */

import { z } from 'zod';
import type { ChatMessage } from '../rpc/contract/generate.ts';
import { stripWhitespace } from '../rpc/contract/strip-whitespace.ts';
import { type CompletionRequest, choicesMax } from './completion-request.ts';
import { invalidIssue, invalidParam } from './invalid-param.ts';
import { responseFormatField, toResponseFormat } from './response-format.ts';
import { samplingFields, toSampling } from './sampling-parameters.ts';
import { refuseUnserved } from './unserved-parameters.ts';
import { wellFormedText } from './well-formed-text.ts';

const textPart = z.looseObject({
  type: z.literal('text', { error: 'is not a text part; only text is served' }),
  text: wellFormedText,
});

const content = z.union([wellFormedText, z.array(textPart).min(1).max(1024)], {
  error: 'must be a string or a list of text parts',
});

const asksForNothing = z.union([z.null(), z.array(z.never()).max(0)], { error: 'is not served' }).optional();

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant'], {
    error: 'must be system, developer, user or assistant',
  }),
  content,
  tool_calls: asksForNothing,
  function_call: asksForNothing,
  audio: asksForNothing,
  refusal: asksForNothing,
});

const maxTokens = z.int().min(1).max(131_072).nullish();

const bodySchema = z.looseObject({
  ...samplingFields,
  model: wellFormedText.min(1).max(256),
  messages: z.array(message).min(1).max(1024),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  response_format: responseFormatField,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  n: z.int().min(1).max(choicesMax).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

type Body = z.infer<typeof bodySchema>;

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseChatRequest(json: unknown): CompletionRequest {
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const body = parsed.data;
  refuseUnserved(body);
  refuseContradictions(body);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  const responseFormat = toResponseFormat(body.response_format);
  return {
    model: body.model,
    messages: body.messages.map(toChatMessage),
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

/**
 * Gemma's template strips each part of a turn and sets nothing between them; a system message's text it takes as it is. Of that one it reads
 * the first part alone, where we lose nothing that was sent.
 */
function toChatMessage({ role: given, content: parts }: z.infer<typeof message>): ChatMessage {
  const role = given === 'developer' ? 'system' : given;
  if (typeof parts === 'string') return { role, content: parts };
  const texts = parts.map(({ text }) => (role === 'system' ? text : stripWhitespace(text)));
  return { role, content: texts.join('') };
}
