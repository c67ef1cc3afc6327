/**
 * The worker as a program: `docs/launch-contract.md` says what it reads. Exits 0 on SIGTERM, 2 if it cannot start or
 * cannot go on.
 */

import pino from 'pino';
import { describeError } from '../rpc/contract/describe-error.ts';
import { isDrydockError } from '../rpc/errors.ts';
import { readWorkerConfig } from './config.ts';
import { serve } from './generation/serve-runtime.ts';

const log = pino({ base: { program: 'worker' } }, pino.destination({ dest: 2, sync: true }));
const stop = new AbortController();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // `on`, for a second signal would otherwise end the process in the middle of stopping.
  process.on(signal, () => {
    if (stop.signal.aborted) return;
    log.info({ event: 'stopping', signal }, 'stopping');
    stop.abort();
  });
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
  await serve(readWorkerConfig(), { log, stop: stop.signal });
} catch (error) {
  if (!stop.signal.aborted) fail(error);
}
process.exit(0);

function fail(error: unknown): never {
  const isExpected = isDrydockError(error);
  log.fatal(
    { event: 'failed', ...(isExpected ? { code: error.code } : describeError(error)) },
    isExpected ? error.message : 'the worker failed in a way it does not know',
  );
  process.exit(2);
}
