/**
 * The auth functions as a program of their own, beside an engine that cannot start them itself: the real iii. The embedded
 * engine runs the same functions in its own process. Exits 0 on SIGTERM, 2 if it cannot start or cannot go on.
 */
import pino from 'pino';
import { describeError } from '../contract/describe-error.ts';
import { isDrydockError } from '../errors.ts';
import { type AuthConfig, readAuthConfig } from './config.ts';
import { serveAuth } from './serve-auth-runtime.ts';

const log = pino({ base: { program: 'rpc-auth' } }, pino.destination({ dest: 2, sync: true }));

async function run(config: AuthConfig): Promise<void> {
  const auth = await serveAuth({ ...config, logger: log });
  const stop = (signal: NodeJS.Signals) => {
    log.info({ event: 'stopping', signal }, 'stopping');
    auth[Symbol.asyncDispose]().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  log.info({ event: 'ready', environment: config.environment, port: config.port }, 'judging connections');
}

function fail(error: unknown): never {
  const isExpected = isDrydockError(error);
  log.fatal(
    { event: 'failed', ...(isExpected ? { code: error.code } : describeError(error)) },
    isExpected ? error.message : 'rpc-auth failed in a way it does not know',
  );
  process.exit(2);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
try {
  await run(readAuthConfig());
} catch (error) {
  fail(error);
}
