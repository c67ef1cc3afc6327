/**
 * The program, whichever runtime it runs on. Exits 0 after SIGTERM or SIGINT, 2 where it could not start, 1 where something
 * unforeseen ended it; each way out is one line in the log.
 */

import { randomUUID } from 'node:crypto';
import { credentialFile } from '../../rpc/contract/credential-file-runtime.ts';
import { isDrydockError } from '../../rpc/errors.ts';
import type { InferenceClient, InferenceClientOptions } from '../../rpc/inference.ts';
import { createShutOutCallers } from '../admin/shut-out-callers.ts';
import { type AppOptions, createApp } from '../app.ts';
import { type GatewayConfig, readConfig } from '../config.ts';
import { createInFlight } from '../in-flight.ts';
import { defaultLimits, type GatewayLimits } from '../limits.ts';
import { describeUnexpected } from '../unexpected-error.ts';
import { settlesWithin } from './abortable.ts';
import type { Listen } from './listen.ts';
import { createLogger, type Logger } from './logger.ts';
import { readAvailabilityZone, readNodeId } from './node-files.ts';
import { openListener } from './open-listener.ts';
import { openSettings } from './open-settings.ts';
import { type OperationsOptions, openOperations } from './operations.ts';
import { type StoppableGateway, stopGateway } from './stop-gateway.ts';
import { listenForStops } from './stop-requests.ts';

export interface RunGatewayOptions {
  readonly listen: Listen;
  readonly connect: (options: InferenceClientOptions) => InferenceClient | Promise<InferenceClient>;
  readonly limits?: GatewayLimits;
}

export async function runGateway(options: RunGatewayOptions): Promise<void> {
  const logger = createLogger();
  exitOnCrash(logger);
  // What reloads on this signal listens for itself; where nothing does, it must not end the program.
  process.on('SIGHUP', () => {});
  const stops = listenForStops();
  const leaving = new AbortController();
  void stops.asked.then(() => leaving.abort());
  try {
    const starting = start(options, { logger, drain: stops.ask, leaving: leaving.signal });
    await Promise.race([starting, stops.asked]);
    const gateway = (await settlesWithin(starting, startFarewellMs)) ? await starting : undefined;
    if (gateway === undefined) {
      logger.info({ event: 'stopped' }, 'the gateway was stopped before it served');
    } else {
      await stops.asked;
      await stopGateway(gateway, { logger, hurried: stops.hurried });
    }
  } catch (error) {
    const text = isDrydockError(error) ? error.message : 'could not run the gateway: an unexpected error';
    const code = isDrydockError(error) ? { code: error.code } : describeUnexpected(error);
    logger.fatal({ event: 'failed', ...code }, text);
    process.exit(isDrydockError(error) ? 2 : 1);
  }
  process.exit(0);
}

/** Milliseconds of a start that is told to end, or that failed, to give back what it holds. */
const startFarewellMs = 1_000;

interface StartOptions {
  readonly logger: Logger;
  readonly drain: () => void;
  /** Aborted once the program is told to end. */
  readonly leaving: AbortSignal;
}

/** @returns nothing where it was told to end before it serves; then, and where it throws, it holds nothing any more. */
async function start(options: RunGatewayOptions, given: StartOptions): Promise<StoppableGateway | undefined> {
  const held = new AsyncDisposableStack();
  await using _bounded = {
    async [Symbol.asyncDispose]() {
      await settlesWithin(held.disposeAsync(), startFarewellMs);
    },
  };
  const gateway = await open(options, { ...given, held });
  if (gateway !== undefined) held.move();
  return gateway;
}

async function open(
  options: RunGatewayOptions,
  { logger, drain, leaving, held }: StartOptions & { readonly held: AsyncDisposableStack },
): Promise<StoppableGateway | undefined> {
  const config = readConfig();
  const nodeId = await readNodeId(config.runDirectory);
  const clock = { nowUnixMs: () => Date.now() };
  const resources = held.use(new DisposableStack());
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
  held.use(inference);
  if (leaving.aborted) return undefined;
  const limits = limitsOf(config, options);
  const inFlight = createInFlight(limits.requestsMax);
  const shutOut = createShutOutCallers();
  const settings = resources.use(
    await openSettings(config, { clock, logger, isShutOut: (callerId) => shutOut.has(callerId) }),
  );
  const { listen } = options;
  const { app, operations } = await openApp({
    ...{ config, listen, nodeId, inference, inFlight, settings, shutOut, limits, clock, logger, drain },
    lifecycle: { draining: draining.signal, stopping: stopping.signal },
  });
  held.use(operations);
  if (leaving.aborted) return undefined;
  const listener = await openListener(config, {
    listen,
    fetch: (request, connection) => app.fetch(request, { connection }),
    settings,
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
    drainMs: limits.drainMs,
    listener,
    inFlight,
    inference,
    resources,
    operations,
    beginDraining: () => draining.abort(),
    abandonRequests: () => stopping.abort(),
  };
}

type OpenAppOptions = Omit<OperationsOptions, 'draining' | 'randomId'> & Pick<AppOptions, 'lifecycle'>;

async function openApp(options: OpenAppOptions) {
  const { settings, lifecycle } = options;
  const shared = { ...options, randomId: () => randomUUID().replaceAll('-', '') };
  const operations = await openOperations({ ...shared, draining: lifecycle.draining });
  const access = () => settings.current().judge;
  return { app: createApp({ ...shared, ...operations, access }), operations };
}

function limitsOf(config: GatewayConfig, { limits = defaultLimits }: RunGatewayOptions): GatewayLimits {
  return { ...limits, bodyBytesMax: config.bodyBytesMax, drainMs: config.drainMs };
}

function exitOnCrash(logger: Logger): void {
  const crash = (error: unknown) => {
    logger.fatal({ event: 'crashed', ...describeUnexpected(error) }, 'the gateway met an unexpected error');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}
