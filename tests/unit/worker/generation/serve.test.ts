import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { readWorkerConfig } from '../../../../src/worker/config.ts';
import { serve } from '../../../../src/worker/generation/serve-runtime.ts';
import { deadEngine, startEngine } from '../main/engine.ts';
import { makeRunDirectoryWithTiny } from '../main/run-directory.ts';

// Programs and models start slowly on a machine that does much else.
vi.setConfig({ testTimeout: 30_000 });

const log = pino({ level: 'silent' });
const bounded = { timeout: 10_000 };

test('is known to the engine while it serves, and no more once it has been stopped', async () => {
  await using run = await makeRunDirectoryWithTiny();
  await using engine = await startEngine(run);
  await using client = engine.connectClient();
  const stop = new AbortController();
  const config = readWorkerConfig({ ...run.environment, DRYDOCK_ENGINES: engine.engines });
  const serving = serve(config, { log, stop: stop.signal });
  await vi.waitFor(
    () => expect(client.models()).toMatchObject([{ name: 'tiny', contextTokensMax: 512 }]),
    bounded,
  );
  stop.abort();
  await serving;
  await vi.waitFor(() => expect(client.workers()).toEqual([]), bounded);
});

test('does not start when it is stopped while the model loads', async () => {
  await using run = await makeRunDirectoryWithTiny();
  const lines: string[] = [];
  const config = readWorkerConfig({ ...run.environment, DRYDOCK_ENGINES: deadEngine });
  const stop = new AbortController();
  const watched = pino({}, { write: (line: string) => void lines.push(line) });
  const serving = serve(config, { log: watched, stop: stop.signal });
  stop.abort();
  await expect(serving).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  expect(lines).toEqual([]);
});
