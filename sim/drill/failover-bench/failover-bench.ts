/** `drydock drill --failover-bench`: the scenarios of docs/failover-bench.md, behind our workers and behind servers that workers stand in front of. */
import { DrydockError, type SimErrorCode } from '../../errors.ts';
import { randomFrom } from '../../generate/index.ts';
import { askTooLong } from '../runtime/ask-too-long.ts';
import { openDrill, type PrepareDrillOptions, prepareDrill } from '../runtime/prepare-drill.ts';
import { learnReferences } from '../runtime/references.ts';
import { runScenario } from '../runtime/run-scenario.ts';
import { runUpstreamScenario } from '../runtime/run-upstream-scenario.ts';
import { startUpstreamDeployment, upstreamModelName } from '../runtime/start-upstream-deployment.ts';
import { openUpstreamDesk } from '../runtime/upstream-desk.ts';
import { type Profile, planScenarios, refusalId, workerIds } from './scenarios.ts';
import { planUpstreamScenarios } from './upstream-scenarios.ts';
import type { ScenarioVerdict } from './verdict.ts';

/** What fails: our own workers and the network, or servers that workers stand in front of. */
export const halves = ['worker', 'upstream'] as const;
export type Half = (typeof halves)[number];

export interface BenchRow extends ScenarioVerdict {
  readonly behind: Half;
}

export interface FailoverBenchOptions extends PrepareDrillOptions {
  readonly seed: number;
  readonly profile: Profile;
  /** Absent: both. */
  readonly behind?: Half;
  /** Ids of those to run. Absent: all. */
  readonly only?: readonly string[];
}

/** Long enough that most streams are in the middle of it at once. */
const tokensMin = 320;
const knownRequests = 20;
const patienceMs = 30_000;
const clients = 4;

/** @throws DrydockError SIM_INPUT_INVALID for scenarios that there are not; others where it cannot be judged. */
export async function runFailoverBench(options: FailoverBenchOptions): Promise<readonly BenchRow[]> {
  const ids = {
    worker: workerIds,
    upstream: planUpstreamScenarios(options.profile).map(({ id }) => id),
  };
  const asked = halves.filter(
    (half) => (options.behind ?? half) === half && ids[half].some((id) => options.only?.includes(id) ?? true),
  );
  const isKnown = (id: string) => asked.some((half) => ids[half].includes(id));
  const unknown = options.only?.filter((id) => !isKnown(id)) ?? [];
  if (unknown.length > 0)
    throw new DrydockError<SimErrorCode>(
      'SIM_INPUT_INVALID',
      `could not run ${unknown.join(', ')}: there is no such scenario; see docs/failover-bench.md`,
    );
  const rows: BenchRow[] = [];
  for (const behind of asked) {
    const verdicts = await run[behind](options);
    rows.push(...verdicts.map((verdict) => ({ ...verdict, behind })));
  }
  return rows;
}

const run: Readonly<Record<Half, (options: FailoverBenchOptions) => Promise<readonly ScenarioVerdict[]>>> = {
  worker: benchWorkers,
  upstream: benchUpstreams,
};

async function benchWorkers(options: FailoverBenchOptions): Promise<readonly ScenarioVerdict[]> {
  const { seed, profile, onProgress } = options;
  const { apiKey, model, start, unlessStopped } = await prepareDrill(options);
  await using deployment = await start();
  const { topology, doors, striker, slots } = deployment;
  const asked = { apiKey, model, doors, now: () => performance.now() };
  const references = { ...asked, seed, patienceMs, clients, tokensMin, count: knownRequests };
  const known = await unlessStopped(learnReferences(references));
  const runAll = async () => {
    const verdicts: ScenarioVerdict[] = isAsked(options, refusalId) ? [await askTooLong(asked)] : [];
    for (const scenario of planScenarios({ topology, random: randomFrom(seed), profile })) {
      if (!isAsked(options, scenario.id)) continue;
      const { id, title } = scenario;
      onProgress(`${id}: ${title}`);
      const onAction = (text: string) => onProgress(`${id}: ${text}`);
      verdicts.push(await runScenario(scenario, { ...asked, known, striker, slots, onAction }));
      tell(verdicts, options);
    }
    return verdicts.toSorted((one, other) => one.id.localeCompare(other.id));
  };
  // Awaited here: the deployment ends with this function.
  return await unlessStopped(runAll());
}

async function benchUpstreams(options: FailoverBenchOptions): Promise<readonly ScenarioVerdict[]> {
  const drill = openDrill(options);
  await using desk = await openUpstreamDesk(drill.run.runDirectory);
  await using deployment = await startUpstreamDeployment(drill, desk);
  const { doors, promptTokens } = deployment;
  const asked = { apiKey: drill.run.apiKey, model: upstreamModelName, now: () => performance.now() };
  const runAll = async () => {
    const verdicts: ScenarioVerdict[] = [];
    for (const [index, scenario] of planUpstreamScenarios(options.profile).entries()) {
      if (!isAsked(options, scenario.id)) continue;
      const door = doors[index % doors.length];
      if (door === undefined) throw new TypeError('the bench needs a gateway');
      options.onProgress(`${scenario.id}: ${scenario.title}`);
      verdicts.push(await runUpstreamScenario(scenario, { ...asked, door, desk, promptTokens }));
      tell(verdicts, options);
    }
    return verdicts;
  };
  return await drill.unlessStopped(runAll());
}

function isAsked({ only }: FailoverBenchOptions, id: string): boolean {
  return only === undefined || only.includes(id);
}

function tell(verdicts: readonly ScenarioVerdict[], { onProgress }: FailoverBenchOptions): void {
  const last = verdicts.at(-1);
  if (last?.reason !== undefined) onProgress(`${last.id}: ${last.verdict}: ${last.reason}`);
}
