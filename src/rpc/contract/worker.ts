import { z } from 'zod';

/** What a worker publishes about itself, as metadata of its `generate` function. */

export const modelInfoSchema = z.object({
  /** The name that requests use. */
  name: z.string().min(1).max(256),
  /** Prompt and completion tokens together, at most. */
  contextTokensMax: z.int().positive(),
});

export const workerInfoSchema = z.object({
  kind: z.literal('infer'),
  workerId: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  availabilityZone: z.string(),
  models: z.array(modelInfoSchema).min(1),
  /** Generations it runs at once. */
  slots: z.int().positive(),
});

/** iii function ids of one worker. They carry its id, for iii has neither replicas nor load balancing. */
export function functionIds(workerId: string) {
  const prefix = `infer::${workerId}`;
  return {
    generate: `${prefix}::generate`,
    cancel: `${prefix}::cancel`,
    /** Answers `{running, slots}`. */
    health: `${prefix}::health`,
  } as const;
}

export type ModelInfo = z.infer<typeof modelInfoSchema>;
export type WorkerInfo = z.infer<typeof workerInfoSchema>;
