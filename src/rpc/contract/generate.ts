import { z } from 'zod';

/**
 * What a gateway asks of a worker and what comes back, as it travels through iii. iii adds
 * `_caller_worker_id` to objects and re-orders their keys, so schemas strip what they do not know
 * and nothing may depend on key order.
 */

export const chatMessageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
});

export const samplingSchema = z.object({
  /** Completion tokens at most. */
  maxTokens: z.int().min(1).max(131_072),
  /** 0 is greedy. */
  temperature: z.number().min(0).max(2),
  topP: z.number().gt(0).max(1),
  /** Same seed, same request, same answer. Absent: the worker draws one. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 53 - 1)
    .optional(),
  /** The answer ends before the first of these; they are not part of it. */
  stop: z.array(z.string().min(1)).max(4),
});

export const generateRequestSchema = z.object({
  requestId: z.string().min(1).max(128),
  model: z.string().min(1).max(256),
  messages: z.array(chatMessageSchema).min(1).max(1024),
  sampling: samplingSchema,
  /** Unix time in milliseconds after which nobody waits for the answer: a worker drops what has expired. */
  deadlineUnixMs: z.number().positive(),
});

export const finishReasonSchema = z.enum(['stop', 'length']);

export const usageSchema = z.object({
  promptTokens: z.int().min(0),
  completionTokens: z.int().min(0),
});

/**
 * One channel message holding the next tokens. `seq` counts frames from 0. A frame's `ids` and `text` need not be of the
 * same tokens, and `text` never ends in half a character.
 */
export const tokenFrameSchema = z.object({
  seq: z.int().min(0),
  ids: z.array(z.int().min(0)),
  text: z.string(),
});

/** `completionTokens` is the number of ids in the frames, and the last of them brings one: so a lost frame is noticed. */
export const doneFrameSchema = z.object({
  done: z.object({ finishReason: finishReasonSchema, usage: usageSchema }),
});

export const errorFrameSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});

/** A channel that ends without a `done` or `error` frame was cut: iii shows a crash and a clean end alike. */
export const generateFrameSchema = z.union([tokenFrameSchema, doneFrameSchema, errorFrameSchema]);

export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type Sampling = z.infer<typeof samplingSchema>;
export type GenerateRequest = z.infer<typeof generateRequestSchema>;
export type FinishReason = z.infer<typeof finishReasonSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type TokenFrame = z.infer<typeof tokenFrameSchema>;
export type DoneFrame = z.infer<typeof doneFrameSchema>;
export type ErrorFrame = z.infer<typeof errorFrameSchema>;
export type GenerateFrame = z.infer<typeof generateFrameSchema>;
