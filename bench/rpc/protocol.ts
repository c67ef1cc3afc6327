/** What the programs of this bench agree on. */
import { z } from 'zod';

export const echoId = 'bench::echo';
export const workerId = 'bench-worker';
export const modelName = 'clock';
/** Tokens of one stream, and the time between two: slower than any queue, as a model's are. */
export const tokens = 64;
export const tokenMs = 4;

export const engineReadySchema = z.object({ port: z.int() });
export const workerReadySchema = z.object({ port: z.int() });

/** Medians of a round, in milliseconds, but for calls a second. */
export const roundSchema = z.object({
  iiiCall: z.number(),
  httpCall: z.number(),
  iiiCalls: z.number(),
  httpCalls: z.number(),
  iiiToken: z.number(),
  httpToken: z.number(),
});
export type Round = z.infer<typeof roundSchema>;

/** Unix time in milliseconds, as fine as the clock is; the same for all processes of a machine, but for a constant. */
export function clockMs(): number {
  return performance.timeOrigin + performance.now();
}

/** What a call carries: as much as a short request has. */
export const payload = {
  requestId: 'bench-0',
  messages: [{ role: 'user', content: 'What does a call through an engine cost? '.repeat(8) }],
  sampling: { maxTokens: 64, temperature: 0, topP: 1, stop: [] },
};
