/** Serves one model until told to stop: loads it, registers with every engine, and gives everything back at the end. */

import type { Logger } from 'pino';
import type { WorkerInfo } from '../../rpc/contract/worker.ts';
import type { WorkerConfig } from '../config.ts';
import { createHandler } from './handler.ts';
import type { Model } from './model.ts';
import { openModel } from './open-model-runtime.ts';

export interface ServeOptions {
  readonly log: Logger;
  /** Ends serving, or the start of it. */
  readonly stop: AbortSignal;
}

/**
 * Resolves once it has been stopped. It registers only when it can answer, for a registered worker is sent requests.
 * @throws DrydockError as `openModel` does; WORKER_RUN_FAILED when the model stops working while it serves.
 */
export async function serve(config: WorkerConfig, { log, stop }: ServeOptions): Promise<void> {
  // Loading runs in its own thread, and this one meanwhile evaluates the modules of the RPC layer.
  const opening = openModel({
    ...config.model,
    cacheDir: config.cacheDir,
    threads: config.threads,
    contextTokensMax: config.contextTokensMax,
    onBuild: () => log.info({ event: 'building' }, 'building the graph of the model, once'),
    signal: stop,
  });
  const [opened, { serveInference }] = await Promise.all([opening, import('../../rpc/index.ts')]);
  await using model = opened;
  log.info(
    { event: 'loaded', model: model.name, chatStyle: model.chat.style },
    model.chat.style === 'turns'
      ? 'model loaded; it knows no chat, so "User:" and "Assistant:" mark turns'
      : 'model loaded',
  );
  const broken = Promise.withResolvers<never>();
  const info = workerInfo(config, model);
  await using server = serveInference({
    engines: config.engines,
    info,
    handler: createHandler(model, { log, onBroken: broken.reject }),
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

function workerInfo({ workerId, availabilityZone, slots }: WorkerConfig, model: Model): WorkerInfo {
  const { contextTokensMax } = model.runner;
  return {
    kind: 'infer',
    workerId,
    availabilityZone,
    slots,
    models: [{ name: model.name, contextTokensMax }],
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
