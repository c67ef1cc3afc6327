/**
 * The worker as a program: `docs/launch-contract.md` says what it reads. On SIGTERM it ends what it has begun, within a bounded time, and
 * exits 0; a second one ends it at once. Exits 2 if it cannot start or cannot go on.
 */

import pino from 'pino';
import { describeError } from '../rpc/contract/describe-error.ts';
import { isDrydockError } from '../rpc/errors.ts';
import { readWorkerConfig } from './config.ts';
import { serve } from './generation/serve-runtime.ts';

/** Ends what has not ended by itself: a thread that hangs, an engine that does not hear. */
const endMsMax = 2500;

const log = pino({ base: { program: 'worker' } }, pino.destination({ dest: 2, sync: true }));
const stop = new AbortController();
const stopNow = new AbortController();
let exitCode = 0;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    log.info({ event: 'stopping', signal }, stop.signal.aborted ? 'stopping at once' : 'stopping');
    if (stop.signal.aborted) endNow();
    else stop.abort();
  });
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
  await serve(readWorkerConfig(), { log, stop: stop.signal, stopNow: stopNow.signal });
} catch (error) {
  if (!stop.signal.aborted) fail(error);
}
process.exit(exitCode);

/** Threads that run a model end after their run: cut off in the middle of one they would abort the whole process. */
function endNow(): void {
  stop.abort();
  stopNow.abort();
  setTimeout(() => process.exit(exitCode), endMsMax);
}

function fail(error: unknown): void {
  // The first one counts, and its line is the last.
  if (exitCode !== 0) return;
  exitCode = 2;
  const isExpected = isDrydockError(error);
  log.fatal(
    { event: 'failed', ...(isExpected ? { code: error.code } : describeError(error)) },
    isExpected ? error.message : 'the worker failed in a way it does not know',
  );
  log.level = 'silent';
  endNow();
}
