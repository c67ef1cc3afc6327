import { z } from 'zod';
import { callIdSchema, callPieceSchema, toolCallSchema, toolCallsMax, toolUseSchema } from './tools.ts';

/**
 * What a gateway asks of a worker and what comes back, as it travels through iii. iii adds
 * `_caller_worker_id` to objects and re-orders their keys, so schemas strip what they do not know
 * and nothing may depend on key order.
 */

export const chatMessageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  /** Of an assistant: functions that it called, after its content. */
  toolCalls: z.array(toolCallSchema).min(1).max(toolCallsMax).optional(),
  /** Of a tool: the call whose result the content is. */
  toolCallId: callIdSchema.optional(),
});

/** What an answer must be: any text, any JSON object, or JSON that a schema allows. */
export const responseFormatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  /**
   * `schema` is JSON Schema as OpenAI's structured outputs take it, as JSON text: the order of its properties is that of the
   * answer's, and iii re-orders keys of objects.
   */
  z.object({ type: z.literal('json_schema'), schema: z.string().max(1_000_000) }),
]);

const tokensMax = 131_072;
const tokenIdSchema = z.int().min(0);

/** Optional fields that are absent change nothing. They act in the order in which they stand here. */
export const samplingSchema = z.object({
  /** Completion tokens at most. */
  maxTokens: z.int().min(1).max(tokensMax),
  /** Added to the logits of single tokens. */
  logitBias: z
    .array(z.object({ id: z.int().min(0), bias: z.number().min(-100).max(100) }))
    .max(1024)
    .optional(),
  /** Divides positive and multiplies negative logits of tokens in prompt and answer. 1 changes nothing. */
  repetitionPenalty: z.number().gt(0).max(10).optional(),
  /** Taken off a token's logit for each time that the answer has it. */
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  /** Taken off the logit of each token that the answer has. */
  presencePenalty: z.number().min(-2).max(2).optional(),
  /** 0 is greedy. */
  temperature: z.number().min(0).max(2),
  /** The likeliest so many tokens are kept. */
  topK: z.int().min(1).optional(),
  /** The likeliest tokens that together reach this probability are kept. */
  topP: z.number().gt(0).max(1),
  /** Tokens less likely than this share of the likeliest one's probability are dropped. */
  minP: z.number().min(0).max(1).optional(),
  /** Same seed, same request, same answer. Absent: the worker draws one. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 53 - 1)
    .optional(),
  /** The answer ends before the first of these; they are not part of it. */
  stop: z.array(z.string().min(1)).max(4),
  /** The answer ends before the first of these tokens, as before an end token of the model. */
  stopIds: z.array(z.int().min(0)).max(64).optional(),
  /** How many alternatives each token's log probability comes with. Absent: no log probabilities. */
  logprobs: z.int().min(0).max(20).optional(),
  responseFormat: responseFormatSchema.optional(),
});

export const generateRequestSchema = z
  .object({
    requestId: z.string().min(1).max(128),
    model: z.string().min(1).max(256),
    /** Empty where there is a `prompt`. */
    messages: z.array(chatMessageSchema).max(1024),
    /** Text that is continued as it is, without turns; control tokens in it are ordinary text. */
    prompt: z.string().optional(),
    /** Functions that the answer may call, or must. Only beside `messages`. */
    tools: toolUseSchema.optional(),
    sampling: samplingSchema,
    /** Higher ones leave the worker's queue first; equal ones in the order of their coming. Absent: 0. */
    priority: z.int().min(-100).max(100).optional(),
    /**
     * Unix time in milliseconds after which nobody waits for the answer, by the clock of whoever reads it: a client tells it to a worker
     * by the worker's own, and the worker drops what has expired.
     */
    deadlineUnixMs: z.number().positive(),
  })
  .refine(({ messages, prompt }) => (prompt === undefined) !== (messages.length === 0), {
    path: ['messages'],
    error: 'must be there, or else a prompt, and not both',
  })
  .refine(({ prompt, tools }) => prompt === undefined || tools === undefined, {
    path: ['tools'],
    error: 'cannot be called where a prompt is continued',
  });

/**
 * The beginning of this very answer, which the caller has from another worker, or from this one before. The worker computes it again as it
 * was computed there and yields what follows: under greedy or seeded sampling what would have followed there, on CPUs of one type.
 * Frames count from 0 again; `usage` is of the whole answer.
 */
export const resumeSchema = z.object({
  /** Of all token frames so far, in their order. Whoever has their ids has the text that goes with them. */
  ids: z.array(tokenIdSchema).max(tokensMax),
});

/** `tool_calls`: it ends in calls, all of which are whole. */
export const finishReasonSchema = z.enum(['stop', 'length', 'tool_calls']);

export const usageSchema = z.object({
  promptTokens: z.int().min(0),
  completionTokens: z.int().min(0),
  /** Of the prompt's tokens, those whose keys and values were at hand. */
  cachedTokens: z.int().min(0).optional(),
});

const tokenLogprobSchema = z.object({
  /** Text that the token stands for; U+FFFD where it is a part of a character. */
  text: z.string(),
  bytes: z.array(z.int().min(0).max(255)),
  /** Natural logarithm of the model's own probability, before any sampling setting. */
  logprob: z.number(),
});

/** A chosen token's log probability, and those of the likeliest tokens in its place, the likeliest first. */
export const chosenLogprobSchema = tokenLogprobSchema.extend({ top: z.array(tokenLogprobSchema) });

/**
 * One channel message holding the next tokens. `seq` counts frames from 0. A frame's `ids` and `text` need not be of the
 * same tokens, and `text` never ends in half a character. Whoever has the ids of some frames, from the first on, has the text that they alone give.
 */
export const tokenFrameSchema = z.object({
  seq: z.int().min(0),
  ids: z.array(z.int().min(0)),
  text: z.string(),
  /** The next parts of calls, which come behind all text. */
  calls: z.array(callPieceSchema).optional(),
  /** How many tokens the frame stands for, where a worker gives no ids: such an answer cannot be resumed. Absent: as many as `ids`. */
  tokens: z.int().min(0).optional(),
  /** One for each token of the frame, where the request asks for them. */
  logprobs: z.array(chosenLogprobSchema).optional(),
});

/**
 * `completionTokens` is the number of tokens in the frames, of those that were resumed and of those that came since, and the last of the
 * answer's token frames brings one: so a lost frame is noticed.
 */
export const doneFrameSchema = z.object({
  done: z.object({ finishReason: finishReasonSchema, usage: usageSchema }),
});

/** @property param the field of the request that is at fault, where one is. */
export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  param: z
    .string()
    .regex(/^[\w.[\]]{1,128}$/)
    .optional(),
});

export const errorFrameSchema = z.object({
  error: errorSchema,
});

/** A channel that ends without a `done` or `error` frame was cut: iii shows a crash and a clean end alike. */
export const generateFrameSchema = z.union([tokenFrameSchema, doneFrameSchema, errorFrameSchema]);

export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type ResponseFormat = z.infer<typeof responseFormatSchema>;
export type TokenLogprob = z.infer<typeof tokenLogprobSchema>;
export type ChosenLogprob = z.infer<typeof chosenLogprobSchema>;
export type Sampling = z.infer<typeof samplingSchema>;
export type Resume = z.infer<typeof resumeSchema>;
export type GenerateRequest = z.infer<typeof generateRequestSchema>;
export type FinishReason = z.infer<typeof finishReasonSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type TokenFrame = z.infer<typeof tokenFrameSchema>;
export type DoneFrame = z.infer<typeof doneFrameSchema>;
export type ErrorFrame = z.infer<typeof errorFrameSchema>;
export type GenerateFrame = z.infer<typeof generateFrameSchema>;
