/**
 * What passes over a run's control socket: one JSON object a line, requests in, replies out. A request may be answered by events first
 * (a log that is followed), each with its id. Both ends check the version, for the clone may have moved on since a run began.
 */
import { z } from 'zod';

export const controlVersion = 1;
/** A line that is longer ends the connection. */
export const lineBytesMax = 2 ** 20;

export const requestSchema = z.object({
  version: z.number(),
  id: z.number(),
  method: z.string(),
  params: z.unknown(),
});
export type ControlRequest = z.infer<typeof requestSchema>;

export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  /** Each of several. */
  problems: z.array(z.object({ message: z.string() })).optional(),
});

export const replySchema = z.union([
  z.object({ id: z.number(), event: z.unknown() }),
  z.object({ id: z.number(), failure: failureSchema }),
  z.object({ id: z.number(), result: z.unknown() }),
]);
export type ControlReply = z.infer<typeof replySchema>;
