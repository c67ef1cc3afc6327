/** The embedded engine as a program: `docs/launch-contract.md` says what it reads. Exits 0 on SIGTERM, 2 if it cannot start. */
import pino from 'pino';
import { isDrydockError } from '../errors.ts';
import { type EngineConfig, readEngineConfig } from './config.ts';
import { deploymentListeners } from './deployment.ts';
import { startEngine } from './engine-runtime.ts';

const log = pino({ base: { program: 'engine' } }, pino.destination({ dest: 2, sync: true }));

async function run(config: EngineConfig): Promise<void> {
  const engine = await startEngine({ listeners: deploymentListeners(config) });
  const stop = (signal: NodeJS.Signals) => {
    log.info({ event: 'stopping', signal }, 'stopping');
    engine[Symbol.asyncDispose]().then(
      () => process.exit(0),
      () => process.exit(1),
    );
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

try {
  await run(readEngineConfig());
} catch (error) {
  log.fatal(
    { event: 'failed', code: isDrydockError(error) ? error.code : 'UNEXPECTED' },
    error instanceof Error ? error.message : String(error),
  );
  process.exit(2);
}
