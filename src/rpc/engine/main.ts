/**
 * The embedded engine as a program: `docs/launch-contract.md` says what it reads. Exits 0 on SIGTERM, 2 if it cannot
 * start or cannot go on.
 */
import pino from 'pino';
import { describeError } from '../contract/describe-error.ts';
import { isDrydockError } from '../errors.ts';
import { type EngineConfig, readEngineConfig } from './config.ts';
import { deploymentListeners } from './deployment.ts';
import { startEngine } from './engine-runtime.ts';

const log = pino({ base: { program: 'engine' } }, pino.destination({ dest: 2, sync: true }));

async function run(config: EngineConfig): Promise<void> {
  log.level = config.logLevel;
  const listeners = deploymentListeners(config);
  const engine = await startEngine({ listeners, ...config.behaviour, logger: log });
  const stop = (signal: NodeJS.Signals) => {
    log.info({ event: 'stopping', signal }, 'stopping');
    engine[Symbol.asyncDispose]().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const [workersPort, gatewaysPort] = engine.ports;
  log.info(
    {
      event: 'ready',
      node: config.nodeId,
      availabilityZone: config.availabilityZone,
      environment: config.environment,
      workersPort,
      gatewaysPort,
    },
    'serving',
  );
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
