/**
 * The embedded engine as a program, with its auth functions in the same process: they dial its loopback listener as a program
 * of their own does beside the real iii. `docs/launch-contract.md` says what it reads. Exits 0 on SIGTERM, 2 if it cannot
 * start or cannot go on.
 */
import pino from 'pino';
import { AlarmLog } from '../alarm-log.ts';
import { serveAuth } from '../auth/serve-auth-runtime.ts';
import { describeError } from '../contract/describe-error.ts';
import { isDrydockError } from '../errors.ts';
import { type EngineConfig, readEngineConfig } from './config.ts';
import { authListener, deploymentListeners } from './deployment.ts';
import { startEngine } from './engine-runtime.ts';

const log = pino({ base: { program: 'engine' } }, pino.destination({ dest: 2, sync: true }));

async function run(config: EngineConfig): Promise<void> {
  log.level = config.logLevel;
  await using scope = new AsyncDisposableStack();
  const alarms = new AlarmLog({ logger: log, now: () => Date.now() });
  const engine = scope.use(
    await startEngine({
      listeners: [],
      ...config.behaviour,
      logger: log,
      onIncident: ({ kind, address }) =>
        alarms.note({ alarm: kind, address }, 'a peer did what none of ours does'),
    }),
  );
  if (config.credentials === 'required') {
    const port = await engine.open(authListener(config.authPort));
    scope.use(await serveAuth({ ...config, port, logger: log }));
  }
  // Only now: nobody is to be refused, or admitted, because the auth functions are not there yet.
  const [workers, gateways] = deploymentListeners(config);
  const workersPort = await engine.open(workers);
  const gatewaysPort = await engine.open(gateways);
  const owned = scope.move();
  const stop = (signal: NodeJS.Signals) => {
    log.info({ event: 'stopping', signal }, 'stopping');
    owned.disposeAsync().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { nodeId: node, availabilityZone, environment, credentials } = config;
  const fields = { node, availabilityZone, environment, credentials, workersPort, gatewaysPort };
  log.info({ event: 'ready', ...fields }, credentials === 'none' ? 'serving whoever connects' : 'serving');
}

function fail(error: unknown): never {
  const isExpected = isDrydockError(error);
  log.fatal(
    { event: 'failed', ...(isExpected ? { code: error.code } : describeError(error)) },
    isExpected ? error.message : 'the engine failed in a way it does not know',
  );
  process.exit(2);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
try {
  await run(readEngineConfig());
} catch (error) {
  fail(error);
}
