/** What every drill begins with: a run directory, a model, and a deployment as often as one is wanted. */
import { fileURLToPath } from 'node:url';
import { openRunDirectory, prepareModel } from '../../deployment/index.ts';
import { type DrilledDeployment, startDrilledDeployment } from './drilled-deployment.ts';

export interface PrepareDrillOptions {
  readonly model: string;
  /** Of 1,000 replies of an engine, how many it loses. Absent: none. */
  readonly lostReplies?: number;
  /** Gets a folder `.drydock` with logs and state. */
  readonly folder: string;
  /** What happens, in words. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface PreparedDrill {
  readonly apiKey: string;
  /** By the name that requests use. */
  readonly model: string;
  start(): Promise<DrilledDeployment>;
  /** Gives up when the signal fires, or when the simulation is lost. */
  unlessStopped<T>(work: Promise<T>): Promise<T>;
}

const terraform = fileURLToPath(new URL('../../../infra/synth/dev/main.tf.json', import.meta.url));

/** @throws DrydockError SIM_MODEL_FAILED */
export async function prepareDrill(options: PrepareDrillOptions): Promise<PreparedDrill> {
  const { lostReplies, signal, onProgress } = options;
  const run = openRunDirectory(options.folder);
  const model = await prepareModel({
    model: options.model,
    onStep: ({ step }) => onProgress(`model: ${step}`),
    onNote: onProgress,
    signal,
  });
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
  return {
    apiKey: run.apiKey,
    model: model.name,
    start() {
      onProgress('starting two gateways, two engines, three workers');
      const started = { terraform, run, model, onLost: stopped.reject };
      return startDrilledDeployment({ ...started, ...(lostReplies !== undefined && { lostReplies }) });
    },
    unlessStopped(work) {
      signal.throwIfAborted();
      return Promise.race([work, stopped.promise]);
    },
  };
}
