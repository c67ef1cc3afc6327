/** `drydock drill`: for each fault a fresh deployment, a load, the fault in its midst, and a verdict on everything that the clients saw. */
import { fileURLToPath } from 'node:url';
import { openRunDirectory, prepareModel } from '../deployment/index.ts';
import { isSilent, planStrikes } from './plan-strike.ts';
import type { JudgedRow } from './row.ts';
import { startDrilledDeployment } from './runtime/drilled-deployment.ts';
import { type KnownRequest, learnReferences } from './runtime/references.ts';
import { runRow } from './runtime/run-row.ts';
import type { FaultName } from './strike.ts';

export interface DrillOptions {
  readonly faults: readonly FaultName[];
  readonly seed: number;
  readonly requests: number;
  readonly clients: number;
  readonly model: string;
  /** What happens, in words. */
  readonly onProgress: (text: string) => void;
  readonly onRow: (judged: JudgedRow) => void;
  readonly signal: AbortSignal;
}

const terraform = fileURLToPath(new URL('../../infra/synth/dev/main.tf.json', import.meta.url));
/** Requests that differ; each is asked several times. */
const knownRequests = 32;
const patienceMs = 15_000;
const tiny = 'tiny';
const limitsOfDeath = { worstStallMs: 1_000, recoveryMs: 5_000 };
const limitsOfSilence = { worstStallMs: 3_000, recoveryMs: 5_000 };

/** @throws DrydockError where it cannot be judged. */
export async function drill(options: DrillOptions): Promise<readonly JudgedRow[]> {
  const { seed, requests, clients, signal, onProgress } = options;
  const run = openRunDirectory(process.cwd());
  const model = await prepareModel({
    model: options.model,
    onStep: ({ step }) => onProgress(`model: ${step}`),
    onNote: onProgress,
    signal,
  });
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
  const shared = { apiKey: run.apiKey, model: model.name, now: () => performance.now(), patienceMs, clients };
  const rows: JudgedRow[] = [];
  let known: readonly KnownRequest[] | undefined;
  const runFault = async (fault: FaultName) => {
    onProgress(`${fault}: starting two gateways, two engines, three workers`);
    await using deployment = await startDrilledDeployment({
      terraform,
      run,
      model,
      name: fault,
      onLost: stopped.reject,
    });
    const { topology, doors, striker } = deployment;
    const asked = { ...shared, doors };
    known ??= await learnReferences({ ...asked, seed, count: Math.min(requests, knownRequests) });
    const strikes = planStrikes(fault, { topology, seed, requests });
    const incidents = () => deployment.incidents;
    return await runRow(strikes, {
      // Of other models the time is told: what is replayed takes as long as the model needs.
      ...(options.model === tiny && { limits: strikes.some(isSilent) ? limitsOfSilence : limitsOfDeath }),
      ...asked,
      known,
      requests,
      striker,
      incidents,
      onAction: (text) => onProgress(`${fault}: ${text}`),
    });
  };
  for (const fault of options.faults) {
    signal.throwIfAborted();
    const judged = await Promise.race([runFault(fault), stopped.promise]);
    rows.push(judged);
    options.onRow(judged);
  }
  return rows;
}
