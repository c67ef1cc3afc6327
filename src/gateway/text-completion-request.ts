/**
 * Reads the body of a text completion. What comes out can be honoured in full; anything else is refused with the
 * name of the field. No message quotes a value of the client's.
 */

import { z } from 'zod';
import { type CompletionRequest, choicesMax } from './completion-request.ts';
import { invalidIssue, invalidParam } from './invalid-param.ts';
import { responseFormatField, toResponseFormat } from './response-format.ts';
import { samplingFields, toSampling } from './sampling-parameters.ts';
import { refuseUnserved } from './unserved-parameters.ts';
import { wellFormedText } from './well-formed-text.ts';

/** OpenAI's own, of this route alone. */
const completionTokensDefault = 16;

const listedText = z
  .string({ error: 'is not text; token ids are not served, send the text itself' })
  .pipe(wellFormedText);

export const textBodySchema = z.looseObject({
  ...samplingFields,
  model: wellFormedText.min(1).max(256),
  prompt: z.union([wellFormedText, z.array(listedText).length(1)], {
    error: 'must be a string or a list of one string; send a request for each prompt',
  }),
  max_tokens: z.int().min(1).max(131_072).nullish(),
  response_format: responseFormatField,
  logprobs: z.int().min(0).max(20).nullish(),
  n: z.int().min(1).max(choicesMax).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseTextCompletionRequest(json: unknown): CompletionRequest {
  const parsed = textBodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const body = parsed.data;
  refuseUnserved(body);
  if (body.stream_options && body.stream !== true) {
    throw invalidParam('stream_options', 'has no meaning without "stream": true; leave it out');
  }
  const responseFormat = toResponseFormat(body.response_format);
  return {
    model: body.model,
    messages: [],
    prompt: typeof body.prompt === 'string' ? body.prompt : body.prompt.join(''),
    maxTokens: body.max_tokens ?? completionTokensDefault,
    sampling: {
      ...toSampling(body),
      ...(typeof body.logprobs === 'number' ? { logprobs: body.logprobs } : {}),
      ...(responseFormat === undefined ? {} : { responseFormat }),
    },
    choices: body.n ?? 1,
    isStream: body.stream === true,
    includeUsage: body.stream_options?.include_usage === true,
  };
}
