import { expect, test } from 'vitest';
import { startBusyWorker } from '../unit/rpc/transport/busy-worker.ts';
import { until } from '../unit/rpc/until.ts';

test('a worker drains for as long as an answer takes, longer than it would wait for what is only on its way', async () => {
  await using worker = await startBusyWorker();
  let isDrained = false;
  const drained = worker.server.drain().then(() => {
    isDrained = true;
  });
  const longMs = performance.now() + 3000;
  await until('three seconds', () => performance.now() > longMs);
  expect(isDrained).toBe(false);
  await worker.expectUnharmed({ isDraining: true });
  await drained;
});
