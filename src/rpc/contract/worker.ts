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

/** How a worker is at this moment. */
export const workerHealthSchema = z.object({
  /** Generations that hold a slot. */
  running: z.int().min(0),
  /** Generations that it has taken, and that wait for a slot which is just being left. */
  waiting: z.int().min(0),
  slots: z.int().positive(),
  /** It refuses new generations and leaves when those that run have ended. */
  isDraining: z.boolean(),
  /** What its clock says, in milliseconds of Unix time: deadlines are told to it by that clock. Absent: it is taken for right. */
  unixMs: z.number().positive().optional(),
  /** Names of what it serves. */
  models: z.array(modelInfoSchema.shape.name),
});

/** The engine puts it before whatever a worker registers, once the worker has proved its id. */
export function workerPrefix(workerId: string): string {
  return `infer::${workerId}`;
}

/** iii function ids of one worker. They carry its id, for iii has neither replicas nor load balancing. */
export function functionIds(workerId: string) {
  const prefix = workerPrefix(workerId);
  return {
    generate: `${prefix}::generate`,
    cancel: `${prefix}::cancel`,
    /** Answers a `TokenizeReply`. */
    tokenize: `${prefix}::tokenize`,
    /** Answers a `WorkerHealth`. */
    health: `${prefix}::health`,
    /** For an operator: takes no new generations, ends those that run, then the worker leaves. Answers a `WorkerHealth`. */
    drain: `${prefix}::drain`,
  } as const;
}

/**
 * Ids as a worker itself registers them.
 * @param isPrefixed whether the engine adds the prefix, as it does for a worker that shows a credential.
 */
export function registrationIds(
  workerId: string,
  { isPrefixed }: { readonly isPrefixed: boolean },
): ReturnType<typeof functionIds> {
  const ids = functionIds(workerId);
  if (!isPrefixed) return ids;
  const skipped = workerPrefix(workerId).length + '::'.length;
  const local = Object.entries(ids).map(([name, id]) => [name, id.slice(skipped)]);
  return Object.fromEntries(local) as ReturnType<typeof functionIds>;
}

export type ModelInfo = z.infer<typeof modelInfoSchema>;
export type WorkerHealth = z.infer<typeof workerHealthSchema>;
export type WorkerInfo = z.infer<typeof workerInfoSchema>;
