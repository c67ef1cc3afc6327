/** A bounded wait on a condition, which reports the last state seen. */
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  readonly what: string;
  readonly budgetMs: number;
}

/** @returns the first value that is not undefined. */
export async function until<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  { what, budgetMs }: UntilOptions,
  lastState: () => unknown = () => '',
): Promise<T> {
  const deadline = performance.now() + budgetMs;
  while (performance.now() < deadline) {
    const value = await probe();
    if (value !== undefined) return value;
    await delay(20);
  }
  throw new Error(`${what} did not happen within ${budgetMs} ms; last seen: ${JSON.stringify(lastState())}`);
}
