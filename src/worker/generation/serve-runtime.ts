/** Serves the worker's models until told to stop: loads what is pinned, registers with every engine, and gives everything back at the end. */

import type { Logger } from 'pino';
import type { WorkerInfo } from '../../rpc/contract/worker.ts';
import type { WorkerConfig } from '../config.ts';
import { ModelShelf } from './model-shelf-runtime.ts';
import { type ShelfModels, shelfModels } from './shelf-models-runtime.ts';

export interface ServeOptions {
  readonly log: Logger;
  /** Ends serving, or the start of it. */
  readonly stop: AbortSignal;
}

/**
 * Resolves once it has been stopped. It registers only when it can answer, for a registered worker is sent requests.
 * @throws DrydockError as `openModel` does; WORKER_RUN_FAILED when a model stops working while it serves.
 */
export async function serve(config: WorkerConfig, { log, stop }: ServeOptions): Promise<void> {
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  await using known = await shelfModels(config, { log, signal: stop, onBroken: broken.reject });
  await using shelf = new ModelShelf(known.models, { bytesMax: config.modelBytesMax, signal: stop });
  const pinned = known.models.filter(({ isPinned }) => isPinned);
  // Loading runs beside this thread, which meanwhile evaluates the modules of the RPC layer.
  const loading = Promise.all(
    pinned.map(({ name }) =>
      shelf.load(name).catch((error: unknown) => {
        // Others can be served, and a request for this one tries again.
        if (config.models.length === 1 || stop.aborted) throw error;
      }),
    ),
  );
  const [, { serveInference }] = await Promise.all([loading, import('../../rpc/index.ts')]);
  const info = workerInfo(config, known);
  await using server = serveInference({
    engines: config.engines,
    info,
    handler: shelf.handler,
    logger: log,
  });
  const stopped = untilAborted(stop);
  await Promise.race([server.registered, stopped, broken.promise]);
  if (!stop.aborted) {
    const { workerId, availabilityZone, slots } = info;
    log.info({ event: 'ready', node: workerId, availabilityZone, slots, models: info.models }, 'serving');
  }
  await Promise.race([stopped, broken.promise]);
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
