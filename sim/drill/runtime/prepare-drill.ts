/** What every drill begins with: a run directory, a model, and a deployment as often as one is wanted. */
import { fileURLToPath } from 'node:url';
import { openRunDirectory, prepareModel, type RunDirectory } from '../../deployment/index.ts';
import { type DrilledDeployment, type DrilledOptions, startDrilledDeployment } from './drilled-deployment.ts';

export interface OpenDrillOptions {
  /** Of 1,000 replies of an engine, how many it loses. Absent: none. */
  readonly lostReplies?: number;
  /** Gets a folder `.drydock` with logs and state. */
  readonly folder: string;
  /** What happens, in words. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface OpenedDrill {
  readonly run: RunDirectory;
  start(what: Pick<DrilledOptions, 'model' | 'beforePrograms'>): Promise<DrilledDeployment>;
  /** Gives up when the signal fires, or when the simulation is lost. */
  unlessStopped<T>(work: Promise<T>): Promise<T>;
}

export interface PrepareDrillOptions extends OpenDrillOptions {
  readonly model: string;
}

export interface PreparedDrill extends Pick<OpenedDrill, 'unlessStopped'> {
  readonly apiKey: string;
  /** By the name that requests use. */
  readonly model: string;
  start(): Promise<DrilledDeployment>;
}

const terraform = fileURLToPath(new URL('../../../infra/synth/dev/main.tf.json', import.meta.url));

export function openDrill({ lostReplies, folder, signal, onProgress }: OpenDrillOptions): OpenedDrill {
  const run = openRunDirectory(folder);
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
  return {
    run,
    start(what) {
      onProgress('starting two gateways, two engines, three workers');
      const started = { terraform, run, ...what, onLost: stopped.reject };
      return startDrilledDeployment({ ...started, ...(lostReplies !== undefined && { lostReplies }) });
    },
    unlessStopped(work) {
      signal.throwIfAborted();
      return Promise.race([work, stopped.promise]);
    },
  };
}

/** @throws DrydockError SIM_MODEL_FAILED */
export async function prepareDrill(options: PrepareDrillOptions): Promise<PreparedDrill> {
  const { run, start, unlessStopped } = openDrill(options);
  const model = await prepareModel({
    model: options.model,
    onStep: ({ step }) => options.onProgress(`model: ${step}`),
    onNote: options.onProgress,
    signal: options.signal,
  });
  return { apiKey: run.apiKey, model: model.name, start: () => start({ model }), unlessStopped };
}
