/** What travels between gateway and worker around the frames: payloads of the calls, and their answers. */
import { ChannelWriter } from 'iii-sdk/channel';
import { z } from 'zod';
import { errorSchema, generateRequestSchema, resumeSchema } from '../contract/generate.ts';
import { tokenizationSchema, tokenizeRequestSchema } from '../contract/tokenize.ts';

/**
 * `attempt` counts the tries of one request from 0: a later one replaces an earlier one that still runs, and one that
 * arrives late is refused.
 */
export const generatePayloadSchema = z
  .object({
    request: generateRequestSchema,
    attempt: z.int().min(0).max(1000).default(0),
    resume: resumeSchema.optional(),
    /** W3C Trace Context. Whoever reads it judges its form. */
    traceparent: z.string().max(512).optional(),
    // The SDK has turned the reference in the payload into the writer itself.
    out: z.instanceof(ChannelWriter),
  })
  .refine(({ request, resume }) => (resume?.ids.length ?? 0) <= request.sampling.maxTokens, {
    path: ['resume', 'ids'],
    error: 'must not be more than the tokens that were asked for',
  });

/** @property attempt cancels this one and those before it; absent, all of the request. */
export const cancelPayloadSchema = z.object({
  requestId: z.string().min(1).max(128),
  attempt: z.int().min(0).max(1000).optional(),
});

/** A refusal comes as the answer, before any frame; whatever happens later comes as a frame. */
export const generateReplySchema = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true) }),
  z.object({
    accepted: z.literal(false),
    error: errorSchema,
    /** It refuses whatever comes, with RPC_WORKER_BUSY: there is no use in asking again. */
    isDraining: z.boolean().optional(),
  }),
]);

export const tokenizePayloadSchema = z.object({ request: tokenizeRequestSchema });

export const tokenizeReplySchema = z.union([
  z.object({ tokenization: tokenizationSchema }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);

export const functionListSchema = z.object({
  functions: z.array(z.object({ function_id: z.string(), metadata: z.unknown().optional() })),
});

export type GeneratePayload = z.infer<typeof generatePayloadSchema>;
export type GenerateReply = z.infer<typeof generateReplySchema>;
export type TokenizeReply = z.infer<typeof tokenizeReplySchema>;
