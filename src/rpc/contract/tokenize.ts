import { z } from 'zod';
import { chatMessageSchema } from './generate.ts';

/** What a gateway asks of a worker's tokenizer, and what comes back. It takes no slot, and as long as reading a prompt does. */

/** So that an answer stays far below the frame for which an engine would cut the worker's connection. */
export const tokenizedIdsMax = 262_144;

export const tokenizeRequestSchema = z
  .object({
    model: z.string().min(1).max(256),
    /** Empty where there is a `prompt`. They become ids as for an answer, with what marks turns. */
    messages: z.array(chatMessageSchema).max(1024),
    /** Text as it is; control tokens in it are ordinary text. */
    prompt: z.string().optional(),
    /** Of a `prompt`: whether the tokens come that the model wants before every text. */
    addSpecialTokens: z.boolean(),
    /** Unix time in milliseconds after which nobody waits. */
    deadlineUnixMs: z.number().positive(),
  })
  .refine(({ messages, prompt }) => (prompt === undefined) !== (messages.length === 0), {
    path: ['messages'],
    error: 'must be there, or else a prompt, and not both',
  });

export const tokenizationSchema = z.object({
  ids: z.array(z.int().min(0)).max(tokenizedIdsMax),
  /** Prompt and completion tokens of the model together, at most. */
  contextTokensMax: z.int().positive(),
});

export type TokenizeRequest = z.infer<typeof tokenizeRequestSchema>;
export type Tokenization = z.infer<typeof tokenizationSchema>;
