/** `drydock drill --failover-bench`: the scenarios of docs/failover-bench.md, one after the other on one deployment. */
import { randomFrom } from '../../generate/index.ts';
import { askTooLong } from '../runtime/ask-too-long.ts';
import { type PrepareDrillOptions, prepareDrill } from '../runtime/prepare-drill.ts';
import { learnReferences } from '../runtime/references.ts';
import { runScenario } from '../runtime/run-scenario.ts';
import { type Profile, planScenarios } from './scenarios.ts';
import type { ScenarioVerdict } from './verdict.ts';

export interface FailoverBenchOptions extends PrepareDrillOptions {
  readonly seed: number;
  readonly profile: Profile;
}

/** Long enough that most streams are in the middle of it at once. */
const tokensMin = 320;
const knownRequests = 20;
const patienceMs = 30_000;
const clients = 4;

/** @throws DrydockError where it cannot be judged. */
export async function runFailoverBench(options: FailoverBenchOptions): Promise<readonly ScenarioVerdict[]> {
  const { seed, profile, onProgress } = options;
  const { apiKey, model, start, unlessStopped } = await prepareDrill(options);
  await using deployment = await start();
  const { topology, doors, striker, slots } = deployment;
  const asked = { apiKey, model, doors, now: () => performance.now() };
  const references = { ...asked, seed, patienceMs, clients, tokensMin, count: knownRequests };
  const known = await unlessStopped(learnReferences(references));
  const runAll = async () => {
    const verdicts: ScenarioVerdict[] = [await askTooLong(asked)];
    for (const scenario of planScenarios({ topology, random: randomFrom(seed), profile })) {
      const { id, title } = scenario;
      onProgress(`${id}: ${title}`);
      const onAction = (text: string) => onProgress(`${id}: ${text}`);
      const verdict = await runScenario(scenario, { ...asked, known, striker, slots, onAction });
      if (verdict.reason !== undefined) onProgress(`${id}: ${verdict.verdict}: ${verdict.reason}`);
      verdicts.push(verdict);
    }
    return verdicts.toSorted((one, other) => one.id.localeCompare(other.id));
  };
  // Awaited here: the deployment ends with this function.
  return await unlessStopped(runAll());
}
