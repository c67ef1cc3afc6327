/** What a server of the upstream half does with one request: data, for it is decided in one process and done in another. Pure. */
import { z } from 'zod';

const milliseconds = z.number().min(0).max(300_000);

export const behaviourSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answer'),
    /** Between two tokens. */
    tokenMs: milliseconds,
    /** From the head, which comes at once, to the first token. */
    firstTokenMs: milliseconds.optional(),
    /** After so many tokens nothing comes for so long, and then the connection is closed. */
    cut: z.object({ afterTokens: z.int().min(0), silentMs: milliseconds }).optional(),
    /** Of the events, counted from 1: it is no JSON, and its token is lost. */
    malformedEvent: z.int().min(1).optional(),
    isWithoutDone: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('refuse'),
    status: z.int().min(400).max(599),
    code: z.string(),
    retryAfterSeconds: z.int().min(0).optional(),
  }),
  /** The connection is reset before a byte of an answer. */
  z.object({ kind: z.literal('reset') }),
  /** Nothing at all. */
  z.object({ kind: z.literal('silence'), ms: milliseconds }),
]);

export type Behaviour = z.infer<typeof behaviourSchema>;

/** What a server says of a request that it got. */
export const attemptSchema = z.object({
  server: z.string().min(1).max(64),
  /** The last message is the beginning of an answer, which is to be gone on with. */
  isPrefill: z.boolean(),
});

export type ReportedAttempt = z.infer<typeof attemptSchema>;

export interface Attempt extends ReportedAttempt {
  /** By the clock of the drill. */
  readonly atMs: number;
}
