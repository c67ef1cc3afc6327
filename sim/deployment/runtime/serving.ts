/** Waits until the gateway says that it serves: asked from the simulated internet, through every rule. */
import { setTimeout as delay } from 'node:timers/promises';
import { DrydockError } from '../../errors.ts';

const budgetMs = 15_000;
const pauseMs = 25;

/** @throws DrydockError SIM_NODE_NOT_READY with the last state seen. */
export async function waitUntilServing(url: string): Promise<void> {
  const deadline = performance.now() + budgetMs;
  let last = 'no answer';
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      if (response.status === 200) return;
      last = `status ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(pauseMs);
  }
  throw new DrydockError(
    'SIM_NODE_NOT_READY',
    `could not reach the gateway through the simulated internet: ${last} after ${budgetMs / 1000} s; see .drydock/runs`,
  );
}
