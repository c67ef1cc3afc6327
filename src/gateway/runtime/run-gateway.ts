/**
 * The program, whichever runtime it runs on. Exits 0 after SIGTERM or SIGINT, 2 where it could not start, 1 where something
 * unforeseen ended it; each way out is one line in the log.
 */

import { randomUUID } from 'node:crypto';
import { credentialFile } from '../../rpc/contract/credential-file-runtime.ts';
import { isDrydockError } from '../../rpc/errors.ts';
import type { InferenceClient, InferenceClientOptions } from '../../rpc/inference.ts';
import { type AppOptions, createApp } from '../app.ts';
import { type GatewayConfig, readConfig } from '../config.ts';
import { createInFlight } from '../in-flight.ts';
import { defaultLimits, type GatewayLimits } from '../limits.ts';
import { describeUnexpected } from '../unexpected-error.ts';
import { settlesWithin } from './abortable.ts';
import type { Listen, Listener } from './listen.ts';
import { createLogger, type Logger } from './logger.ts';
import { readAvailabilityZone, readNodeId } from './node-files.ts';
import { openAccess } from './open-access.ts';
import { openListener } from './open-listener.ts';
import { type Operations, type OperationsOptions, openOperations } from './operations.ts';

export interface RunGatewayOptions {
  readonly listen: Listen;
  readonly connect: (options: InferenceClientOptions) => InferenceClient | Promise<InferenceClient>;
  readonly limits?: GatewayLimits;
}

interface RunningGateway {
  readonly limits: GatewayLimits;
  readonly listener: Listener;
  readonly inference: InferenceClient;
  readonly resources: DisposableStack;
  readonly operations: Operations;
  /** From now on: not ready. */
  readonly beginDraining: () => void;
  /** Ends what is still in work. */
  readonly abandonRequests: () => void;
}

/** Milliseconds that what did not finish in time has to tell its client. */
const farewellMs = 2_000;

export async function runGateway(options: RunGatewayOptions): Promise<void> {
  const logger = createLogger();
  exitOnCrash(logger);
  // What reloads on this signal listens for itself; where nothing does, it must not end the program.
  process.on('SIGHUP', () => {});
  const stopRequested = nextStopSignal();
  try {
    const gateway = await Promise.race([start(options, logger), stopRequested]);
    if (gateway !== undefined) {
      await stopRequested;
      await stop(gateway, logger);
    }
  } catch (error) {
    const text = isDrydockError(error) ? error.message : 'could not run the gateway: an unexpected error';
    const code = isDrydockError(error) ? { code: error.code } : describeUnexpected(error);
    logger.fatal({ event: 'failed', ...code }, text);
    process.exit(isDrydockError(error) ? 2 : 1);
  }
  process.exit(0);
}

async function start(options: RunGatewayOptions, logger: Logger): Promise<RunningGateway> {
  const config = readConfig();
  const nodeId = await readNodeId(config.runDirectory);
  const clock = { nowUnixMs: () => Date.now() };
  const resources = new DisposableStack();
  const draining = new AbortController();
  const stopping = new AbortController();
  const availabilityZone = await readAvailabilityZone(config.runDirectory);
  const inference = await options.connect({
    engines: config.engines,
    clientName: nodeId,
    limits: config.waits,
    ...(availabilityZone !== undefined && { availabilityZone }),
    ...(config.hasCredential && { credential: credentialFile(config.runDirectory) }),
    logger,
  });
  const limits = limitsOf(config, options);
  const { listen } = options;
  const { app, operations } = await openApp({
    config,
    listen,
    nodeId,
    inference,
    access: await openAccess(config, { clock, logger, resources }),
    limits,
    clock,
    logger,
    lifecycle: { draining: draining.signal, stopping: stopping.signal },
  });
  const listener = await openListener(config, {
    listen,
    fetch: (request, connection) => app.fetch(request, { connection }),
    logger,
    resources,
  });
  // Plain HTTP is said aloud: then something else has to encrypt, or nothing does.
  logger.info(
    {
      event: 'ready',
      node: nodeId,
      environment: config.environment,
      port: listener.port,
      isEncrypted: config.access.isTls,
      isAudited: config.audit !== undefined,
      ...(operations.metricsPort === undefined ? {} : { metricsPort: operations.metricsPort }),
    },
    'the gateway serves',
  );
  return {
    limits,
    listener,
    inference,
    resources,
    operations,
    beginDraining: () => draining.abort(),
    abandonRequests: () => stopping.abort(),
  };
}

type OpenAppOptions = Pick<OperationsOptions, 'config' | 'listen' | 'nodeId'> &
  Pick<AppOptions, 'inference' | 'access' | 'limits' | 'clock' | 'logger' | 'lifecycle'>;

async function openApp(options: OpenAppOptions) {
  const { requestsMax, requestMs } = options.limits;
  const { draining } = options.lifecycle;
  const shared = {
    ...options,
    inFlight: createInFlight(requestsMax),
    randomId: () => randomUUID().replaceAll('-', ''),
  };
  const operations = await openOperations({ ...shared, requestMs, draining });
  const { observers, limiter, gate, keepsPrompts } = operations;
  return { app: createApp({ ...shared, observers, limiter, gate, keepsPrompts }), operations };
}

function limitsOf(config: GatewayConfig, { limits = defaultLimits }: RunGatewayOptions): GatewayLimits {
  return { ...limits, bodyBytesMax: config.bodyBytesMax };
}

async function stop(gateway: RunningGateway, logger: Logger): Promise<void> {
  const { limits, listener, inference, resources, operations, beginDraining, abandonRequests } = gateway;
  logger.info({ event: 'stopping' }, 'the gateway accepts no more, and finishes what is in work');
  beginDraining();
  const closed = listener.close();
  if (!(await settlesWithin(closed, limits.drainMs))) {
    abandonRequests();
    if (!(await settlesWithin(closed, farewellMs))) listener.destroy();
  }
  await settlesWithin(Promise.resolve(inference[Symbol.asyncDispose]()), farewellMs);
  resources.dispose();
  await settlesWithin(Promise.resolve(operations[Symbol.asyncDispose]()), farewellMs);
  logger.info({ event: 'stopped' }, 'the gateway has stopped');
}

function nextStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

function exitOnCrash(logger: Logger): void {
  const crash = (error: unknown) => {
    logger.fatal({ event: 'crashed', ...describeUnexpected(error) }, 'the gateway met an unexpected error');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
