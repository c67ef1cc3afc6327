/** Reads what llama.cpp's own programs print. Pure. */

import { z } from 'zod';

const benchSchema = z.array(
  z.object({ n_prompt: z.number(), n_gen: z.number(), avg_ts: z.number().positive() }),
);
const batchedSchema = z.object({ pl: z.number(), speed_tg: z.number().positive() });

/** @returns tokens a second of the one test that `llama-bench -o json` ran. */
export function parseLlamaBench(output: string): number {
  const [test] = benchSchema.parse(JSON.parse(output));
  if (test === undefined) throw new Error('llama-bench measured nothing');
  return test.avg_ts;
}

/** @returns tokens a second of all streams together, of the one line that `llama-batched-bench --output-format jsonl` printed. */
export function parseBatchedBench(output: string): number {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error('llama-batched-bench measured nothing');
  return batchedSchema.parse(JSON.parse(line)).speed_tg;
}
