/** `drydock drill`: a deployment, and for each fault a load, the fault in its midst, and a verdict on everything that the clients saw. */
import { isSilent, planStrikes } from './plan-strike.ts';
import type { JudgedRow } from './row.ts';
import type { DrilledDeployment } from './runtime/drilled-deployment.ts';
import { type PrepareDrillOptions, prepareDrill } from './runtime/prepare-drill.ts';
import { type KnownRequest, learnReferences } from './runtime/references.ts';
import { runRow } from './runtime/run-row.ts';
import type { FaultName } from './strike.ts';

export interface DrillOptions extends PrepareDrillOptions {
  readonly faults: readonly FaultName[];
  readonly seed: number;
  readonly requests: number;
  readonly clients: number;
  readonly onRow: (judged: JudgedRow) => void;
}

/** Requests that differ; each is asked several times. */
const knownRequests = 32;
/** Longer than anything that is promised. */
const patienceMs = 30_000;
const tiny = 'tiny';
const limitsOfDeath = { worstStallMs: 1_000, recoveryMs: 5_000 };
const limitsOfSilence = { worstStallMs: 3_000, recoveryMs: 5_000 };

/** @throws DrydockError where it cannot be judged. */
export async function drill(options: DrillOptions): Promise<readonly JudgedRow[]> {
  const { seed, requests, clients, onProgress } = options;
  const { apiKey, model, start, unlessStopped } = await prepareDrill(options);
  const shared = { apiKey, model, now: () => performance.now(), patienceMs, clients };
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
  // What one row has spoiled is no other row's fault: the next one gets a deployment of its own.
  while (left.length > 0) {
    await using deployment = await start();
    let isSpoiled = false;
    while (!isSpoiled) {
      const fault = left.shift();
      if (fault === undefined) break;
      const judged = await unlessStopped(runFault(fault, deployment));
      rows.push(judged);
      options.onRow(judged);
      isSpoiled = judged.problems.length > 0;
    }
  }
  return rows;
}
