/** What the routes answer, as schemas: written down for readers, and held against real answers by tests. Fields may be added. */

import { z } from 'zod';
import { finishReasonSchema } from '../../rpc/contract/generate.ts';

const unixSeconds = z.int().min(0).describe('Unix time in seconds.');
const count = z.int().min(0);
const finishReason = z.enum(finishReasonSchema.options);

const model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: unixSeconds,
  owned_by: z.string(),
});

const usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).optional(),
});

const tokenLogprob = { token: z.string(), logprob: z.number(), bytes: z.array(z.int().min(0).max(255)) };
const chosenLogprob = z.looseObject({
  ...tokenLogprob,
  top_logprobs: z.array(z.looseObject(tokenLogprob)),
});
const chatLogprobs = z.looseObject({ content: z.array(chosenLogprob), refusal: z.null() }).nullable();

const textLogprobs = z
  .looseObject({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number()),
    top_logprobs: z.array(z.looseObject({})),
    text_offset: z.array(count),
  })
  .nullable();

function head<Kind extends string>(object: Kind) {
  return { id: z.string(), object: z.literal(object), created: unixSeconds, model: z.string() };
}

const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
const toolCallDelta = z.looseObject({
  index: count,
  id: z.string().optional(),
  type: z.literal('function').optional(),
  // Its name comes once, with the first of its pieces.
  function: z.looseObject({ name: z.string().optional(), arguments: z.string() }),
});

const chatChoice = z.looseObject({
  index: count,
  message: z.looseObject({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    tool_calls: z.array(toolCall).optional(),
    refusal: z.null(),
  }),
  logprobs: chatLogprobs,
  finish_reason: finishReason,
});

const chatChunkChoice = z.looseObject({
  index: count,
  delta: z.looseObject({
    role: z.literal('assistant').optional(),
    content: z.string().nullish(),
    tool_calls: z.array(toolCallDelta).optional(),
  }),
  logprobs: chatLogprobs,
  finish_reason: finishReason.nullable(),
});

const textChoice = { index: count, text: z.string(), logprobs: textLogprobs };

const outputText = z.looseObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()).length(0),
  logprobs: z.array(chosenLogprob),
});

const outputMessage = z.looseObject({
  id: z.string(),
  type: z.literal('message'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  role: z.literal('assistant'),
  content: z.array(outputText),
});

const response = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: unixSeconds,
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.looseObject({ reason: z.literal('max_output_tokens') }).nullable(),
  instructions: z.string().nullable(),
  max_output_tokens: z.int().nullable(),
  metadata: z.looseObject({}),
  model: z.string(),
  output: z.array(outputMessage),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.null(),
  store: z.literal(false),
  temperature: z.number(),
  text: z.looseObject({}),
  tool_choice: z.string(),
  tools: z.array(z.unknown()).length(0),
  top_p: z.number(),
  usage: z
    .looseObject({ input_tokens: count, output_tokens: count, total_tokens: count })
    .optional()
    .describe('There once the answer has ended.'),
});

const responseEvent = z
  .looseObject({ type: z.string(), sequence_number: count })
  .describe("One of OpenAI's `ResponseStreamEvent`. Its `type` is the name of the server-sent event.");

/** By their names in the document. */
export const answerSchemas = {
  Status: z.looseObject({ status: z.string() }),
  ModelList: z.looseObject({ object: z.literal('list'), data: z.array(model) }),
  Model: model,
  ChatCompletion: z.looseObject({ ...head('chat.completion'), choices: z.array(chatChoice), usage }),
  ChatCompletionChunk: z.looseObject({
    ...head('chat.completion.chunk'),
    choices: z.array(chatChunkChoice),
    usage: usage.nullish(),
  }),
  TextCompletion: z.looseObject({
    ...head('text_completion'),
    choices: z.array(z.looseObject({ ...textChoice, finish_reason: finishReason })),
    usage,
  }),
  TextCompletionChunk: z.looseObject({
    ...head('text_completion'),
    choices: z.array(z.looseObject({ ...textChoice, finish_reason: finishReason.nullable() })),
    usage: usage.nullish(),
  }),
  Response: response,
  ResponseStreamEvent: responseEvent,
  Tokenization: z.looseObject({ count, max_model_len: count, tokens: z.array(count) }),
  OpenApiDocument: z.looseObject({ openapi: z.string() }),
} as const;

export type AnswerSchemaName = keyof typeof answerSchemas;
