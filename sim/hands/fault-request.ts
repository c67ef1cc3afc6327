/** What is asked of a running simulation, over the control channel, and what it answers. */
import { z } from 'zod';
import { faultSchema } from './status.ts';

const target = z.string();
const seconds = z.number().optional();
const isOneWay = z.boolean().optional();

export const faultRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kill'), target, seconds, isForGood: z.boolean().optional() }),
  z.object({ kind: z.literal('freeze'), target, seconds }),
  z.object({ kind: z.literal('cut'), target, seconds, isOneWay }),
  z.object({ kind: z.literal('lose'), target, seconds, isOneWay, percent: z.number() }),
  z.object({ kind: z.literal('limit'), target, seconds, bitsPerSecond: z.number() }),
]);
export type FaultRequest = z.infer<typeof faultRequestSchema>;

export const faultAnswerSchema = z.object({
  fault: faultSchema,
  /** It stays until it is healed. A kill is over when the program is dead, unless it is for good. */
  isInForce: z.boolean(),
  tookMs: z.number(),
  /** After which the units of what was killed start it again. */
  restartsInMs: z.number().optional(),
  /** The machine that connections from this one enter by, where it is among those that were hit. */
  entrance: z.string().optional(),
});
export type FaultAnswer = z.infer<typeof faultAnswerSchema>;

export const healRequestSchema = z.object({ target });
export const healAnswerSchema = z.object({ healed: z.array(faultSchema), tookMs: z.number() });
export type HealAnswer = z.infer<typeof healAnswerSchema>;

export const restartRequestSchema = z.object({ node: z.string(), graceMs: z.number().optional() });
export const restartAnswerSchema = z.object({
  node: z.string(),
  stopMs: z.number(),
  wasKilled: z.boolean(),
  tookMs: z.number(),
});
export type RestartAnswer = z.infer<typeof restartAnswerSchema>;

export const execRequestSchema = z.object({ node: z.string() });
/** Sent as an event; the call stays open as long as the command runs. */
export const execPlaceSchema = z.object({
  /** Of the node's program, as this machine counts. */
  pid: z.number(),
  environment: z.record(z.string(), z.string()),
  /** `KEY=VALUE` for the command's environment: by it the simulation ends what is left of it. */
  mark: z.string(),
});
