/** Reads workers out of the engine's list of functions. Pure. */
import { functionIds, type WorkerInfo, workerInfoSchema } from '../contract/worker.ts';
import { functionListSchema } from './wire.ts';

/** @returns undefined when the answer is not a list. Entries that do not describe a worker under its own id are left out. */
export function parseWorkerList(answer: unknown): readonly WorkerInfo[] | undefined {
  const parsed = functionListSchema.safeParse(answer);
  return parsed.data?.functions.flatMap(({ function_id, metadata }) => {
    const info = workerInfoSchema.safeParse(metadata).data;
    return info !== undefined && functionIds(info.workerId).generate === function_id ? [info] : [];
  });
}
