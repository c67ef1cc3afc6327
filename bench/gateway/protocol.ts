/** What the programs of this bench agree on. */
import { z } from 'zod';
import type { GenerateFrame } from '../../src/rpc/index.ts';

/** What an answer is like, by the model's name. */
export const models = {
  /** At once; as a stream, all in one piece. */
  whole: 'bench-whole',
  /** At once, as a stream of 64 pieces. */
  pieces: 'bench-pieces',
  /** A piece now and then, without end. */
  slow: 'bench-slow',
  /** No byte, ever. */
  silent: 'bench-silent',
} as const;

export const modelNames = Object.values(models);
export const slowPieceMs = 20;
export const pieces = Array.from({ length: 64 }, (_, index) => `word${index % 10} `);
export const answerText = pieces.join('');

export const readySchema = z.object({ port: z.int() });

export const upstreamRequestSchema = z.object({ model: z.string(), stream: z.boolean().default(false) });
export type UpstreamRequest = z.infer<typeof upstreamRequestSchema>;

/** A client that left before its answer ended, and when the upstream saw it. */
export const leftSchema = z.array(z.object({ model: z.string(), atMs: z.number() }));
export type Left = z.infer<typeof leftSchema>[number];

/** Unix time in milliseconds, as fine as the clock is; the same for all processes of a machine, but for a constant. */
export function clockMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The frame after all tokens. */
export function doneFrame(completionTokens: number): GenerateFrame {
  return { done: { finishReason: 'stop', usage: { promptTokens: 90, completionTokens } } };
}
