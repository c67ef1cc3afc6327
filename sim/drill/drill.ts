/** `drydock drill`: a deployment, and for each fault a load, the fault in its midst, and a verdict on everything that the clients saw. */
import { fileURLToPath } from 'node:url';
import { openRunDirectory, prepareModel } from '../deployment/index.ts';
import { isSilent, planStrikes } from './plan-strike.ts';
import type { JudgedRow } from './row.ts';
import { type DrilledDeployment, startDrilledDeployment } from './runtime/drilled-deployment.ts';
import { type KnownRequest, learnReferences } from './runtime/references.ts';
import { runRow } from './runtime/run-row.ts';
import type { FaultName } from './strike.ts';

export interface DrillOptions {
  readonly faults: readonly FaultName[];
  readonly seed: number;
  readonly requests: number;
  readonly clients: number;
  readonly model: string;
  /** Of 1,000 replies of an engine, how many it loses. Absent: none. */
  readonly lostReplies?: number;
  /** Gets a folder `.drydock` with logs and state. */
  readonly folder: string;
  /** What happens, in words. */
  readonly onProgress: (text: string) => void;
  readonly onRow: (judged: JudgedRow) => void;
  readonly signal: AbortSignal;
}

const terraform = fileURLToPath(new URL('../../infra/synth/dev/main.tf.json', import.meta.url));
/** Requests that differ; each is asked several times. */
const knownRequests = 32;
/** Longer than anything that is promised. */
const patienceMs = 30_000;
const tiny = 'tiny';
const limitsOfDeath = { worstStallMs: 1_000, recoveryMs: 5_000 };
const limitsOfSilence = { worstStallMs: 3_000, recoveryMs: 5_000 };

/** @throws DrydockError where it cannot be judged. */
export async function drill(options: DrillOptions): Promise<readonly JudgedRow[]> {
  const { seed, requests, clients, lostReplies, signal, onProgress } = options;
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
  const shared = { apiKey: run.apiKey, model: model.name, now: () => performance.now(), patienceMs, clients };
  let known: readonly KnownRequest[] | undefined;
  const runFault = async (
    fault: FaultName,
    { topology, doors, striker, takeIncidents }: DrilledDeployment,
  ) => {
    const asked = { ...shared, doors };
    onProgress(`${fault}: ${requests} requests`);
    known ??= await learnReferences({ ...asked, seed, count: Math.min(requests, knownRequests) });
    const strikes = planStrikes(fault, { topology, seed, requests });
    return await runRow(strikes, {
      ...asked,
      limits: {
        ...(strikes.some(isSilent) ? limitsOfSilence : limitsOfDeath),
        isReplayAllowed: options.model !== tiny,
      },
      ...{ known, requests, striker, takeIncidents },
      onAction: (text) => onProgress(`${fault}: ${text}`),
    });
  };
  const rows: JudgedRow[] = [];
  const left = [...options.faults];
  // What one row has spoiled is no other row's fault: it gets a deployment of its own.
  while (left.length > 0) {
    onProgress('starting two gateways, two engines, three workers');
    const starting = { terraform, run, model, onLost: stopped.reject, ...(lostReplies && { lostReplies }) };
    await using deployment = await startDrilledDeployment(starting);
    let isSpoiled = false;
    while (!isSpoiled) {
      const fault = left.shift();
      if (fault === undefined) break;
      signal.throwIfAborted();
      const judged = await Promise.race([runFault(fault, deployment), stopped.promise]);
      rows.push(judged);
      options.onRow(judged);
      isSpoiled = judged.problems.length > 0;
    }
  }
  return rows;
}
