/**
 * Serves the worker's models until told to stop: loads and warms what is pinned, registers with every engine, and gives everything back at
 * the end. Told to stop, it takes nothing new and ends what it has begun, within a bounded time.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { credentialFile } from '../../rpc/contract/credential-file-runtime.ts';
import type { WorkerInfo } from '../../rpc/contract/worker.ts';
import type { InferenceServer } from '../../rpc/inference.ts';
import { tracedHandler } from '../../rpc/tracing/traced-handler.ts';
import type { WorkerConfig } from '../config.ts';
import { ModelShelf } from './model-shelf-runtime.ts';
import { type ShelfModels, shelfModels } from './shelf-models-runtime.ts';

export interface ServeOptions {
  readonly log: Logger;
  /** Ends the start of serving; later on, drains and then ends it. */
  readonly stop: AbortSignal;
  /** Ends serving at once: what runs ends with an error. */
  readonly stopNow: AbortSignal;
}

/**
 * Resolves once it has been stopped, by a signal or by an operator's call of `drain`. It registers only when it can answer, for a registered
 * worker is sent requests.
 * @throws DrydockError as `openModel` does; WORKER_RUN_FAILED when a model stops working while it serves.
 */
export async function serve(config: WorkerConfig, { log, stop, stopNow }: ServeOptions): Promise<void> {
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const starting = new AbortController();
  const endStart = () => starting.abort();
  for (const signal of [stop, stopNow]) signal.addEventListener('abort', endStart);
  if (stop.aborted || stopNow.aborted) endStart();
  const options = { log, signal: starting.signal, onBroken: broken.reject };
  await using known = await shelfModels(config, options);
  await using shelf = new ModelShelf(known.models, {
    bytesMax: config.modelBytesMax,
    signal: starting.signal,
  });
  const pinned = known.models.filter(({ isPinned }) => isPinned);
  // Loading runs beside this thread, which meanwhile evaluates the modules of the RPC layer.
  const loading = Promise.all(
    pinned.map(({ name }) =>
      shelf.load(name).catch((error: unknown) => {
        // Others can be served, and a request for this one tries again.
        if (config.models.length === 1 || starting.signal.aborted) throw error;
      }),
    ),
  );
  const [, { serveInference }] = await Promise.all([loading, import('../../rpc/index.ts')]);
  // From here on a stop drains: a request that was taken may still have to load its model.
  stop.removeEventListener('abort', endStart);
  const info = workerInfo(config, known);
  await using tracing = await openWorkerTracing(config, log);
  await using server = serveInference({
    engines: config.engines,
    ...(config.hasCredential && { credential: credentialFile(config.runDirectory) }),
    info,
    handler: tracing === undefined ? shelf.handler : tracedHandler(shelf.handler, tracing.tracer),
    tokenize: shelf.tokenize,
    logger: log,
  });
  const asked = AbortSignal.any([stop, stopNow, server.draining]);
  await Promise.race([server.registered, untilAborted(asked), broken.promise]);
  if (!asked.aborted) {
    const { workerId, availabilityZone, slots } = info;
    log.info({ event: 'ready', node: workerId, availabilityZone, slots, models: info.models }, 'serving');
  }
  await Promise.race([untilAborted(asked), broken.promise]);
  await Promise.race([drain(server, { log, drainMs: config.drainMs, stopNow }), broken.promise]);
}

/** Ends with what runs, when the time is over, or when it is told to. */
async function drain(
  server: InferenceServer,
  {
    log,
    drainMs,
    stopNow,
  }: { readonly log: Logger; readonly drainMs: number; readonly stopNow: AbortSignal },
): Promise<void> {
  log.info({ event: 'draining', drainMs }, 'taking no new requests; ending those that run');
  const ends = await Promise.race([
    server.drain().then(() => 'all have ended' as const),
    wait(drainMs, 'the time is over' as const, { ref: false }),
    untilAborted(stopNow).then(() => 'told to end at once' as const),
  ]);
  log.info({ event: 'drained', because: ends }, 'leaving');
}

/** Loaded only where it is wanted, as a program that starts should. */
async function openWorkerTracing({ tracing, environment, workerId }: WorkerConfig, logger: Logger) {
  if (tracing === undefined) return undefined;
  const { openTracing } = await import('../../rpc/tracing/open-tracing-runtime.ts');
  const resource = {
    'service.name': 'drydock-worker',
    'service.instance.id': workerId,
    'deployment.environment.name': environment,
  };
  return openTracing(tracing, { logger, resource });
}

function workerInfo(
  { workerId, availabilityZone }: WorkerConfig,
  { models, slots }: ShelfModels,
): WorkerInfo {
  return {
    kind: 'infer',
    workerId,
    availabilityZone,
    slots,
    models: models.map(({ name, contextTokensMax }) => ({ name, contextTokensMax })),
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
