/** One scenario of the Failover Bench: a load, what is done to the deployment, and what became of every answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../failover-bench/scenarios.ts';
import { judgeScenario, type ScenarioVerdict } from '../failover-bench/verdict.ts';
import { openRequestGate, type RequestGate } from '../request-gate.ts';
import { describeAction, type Step } from '../strike.ts';
import { type Load, startLoad } from './load.ts';
import type { KnownRequest } from './references.ts';
import type { AskOptions, Door } from './stream-answer.ts';
import type { Striker } from './strike-deployment.ts';

export interface ScenarioRunOptions extends Omit<AskOptions, 'door' | 'onToken' | 'patienceMs'> {
  readonly doors: readonly Door[];
  readonly known: readonly KnownRequest[];
  readonly striker: Striker;
  /** Of all workers together. */
  readonly slots: number;
  readonly onAction: (text: string) => void;
}

/** Requests are on their way by then, and none is answered. */
const sentMs = 20;
/** Of the streams. The first may end before the last begins: they do not all come so far at once. */
const struckShare = 2 / 3;
/** Streams that do not come so far are struck as far as they are. */
const tokensWaitMs = 10_000;
/** More than any scenario gives. */
const patienceMs = 110_000;
const capacityBudgetMs = 30_000;

export async function runScenario(scenario: Scenario, options: ScenarioRunOptions): Promise<ScenarioVerdict> {
  const { id, requests, afterTokens, steps, limits, allowsRetry = false } = scenario;
  const { load, gate } = begin(scenario, options, 0);
  if (!scenario.isPaced) gate.openTo(requests);
  if (afterTokens === 0) await delay(sentMs);
  else {
    const streams = Math.ceil(requests * struckShare);
    await Promise.race([load.untilEach(afterTokens, streams), load.ended, delay(tokensWaitMs)]);
  }
  const struck = scenario.isPaced ? requests : load.underWay;
  for (const [index, step] of steps.entries()) {
    if (scenario.isPaced) gate.openTo(Math.ceil((requests * (index + 1)) / steps.length));
    if (scenario.healsWhenAnswered && index === steps.length - 1) await load.ended;
    await take(step, options);
  }
  const again = scenario.comesTwice ? begin(scenario, options, requests) : undefined;
  again?.gate.openTo(requests);
  await Promise.all([load.ended, again?.load.ended]);
  const shortcomings =
    scenario.endsAtFullCapacity && !(await reachesFullCapacity(options))
      ? [`${options.slots} streams never ran at once afterwards`]
      : [];
  const later = (again?.load.transcripts ?? []).map((seen) => ({
    ...seen,
    request: seen.request + requests,
  }));
  return {
    id,
    ...judgeScenario({
      requests: again ? 2 * requests : requests,
      transcripts: [...load.transcripts, ...later],
      referenceOf: (request) => knownOf(options, request).reference,
      ...{ limits, struck, allowsRetry, shortcomings, model: options.model },
    }),
  };
}

function begin(
  { requests, clients, entrances, ...scenario }: Scenario,
  options: ScenarioRunOptions,
  from: number,
): { readonly load: Load; readonly gate: RequestGate } {
  const gate = openRequestGate(requests);
  const load = startLoad({
    ...options,
    ...{ clients, gate, patienceMs: scenario.patienceMs ?? patienceMs },
    requestOf: (index) => knownOf(options, index + from).request,
    entrances: options.doors.filter(({ gateway }) => entrances?.includes(gateway) ?? true),
  });
  return { load, gate };
}

async function take({ action, holdMs }: Step, { striker, onAction }: ScenarioRunOptions): Promise<void> {
  onAction(describeAction(action));
  await striker.act(action);
  await delay(holdMs);
}

/** Streams in every slot at the same time: no worker is away, and no slot is held by who is gone. */
async function reachesFullCapacity(options: ScenarioRunOptions): Promise<boolean> {
  const { slots, now } = options;
  const deadline = now() + capacityBudgetMs;
  while (now() < deadline) {
    const gate = openRequestGate(slots);
    const load = startLoad({
      ...options,
      ...{ clients: slots, gate, patienceMs },
      requestOf: (index) => knownOf(options, index).request,
      entrances: options.doors,
    });
    gate.openTo(slots);
    const isFull = await Promise.race([
      load.untilMidStream(slots).then(() => true),
      load.ended.then(() => false),
    ]);
    await load.ended;
    if (isFull) return true;
  }
  return false;
}

function knownOf({ known }: ScenarioRunOptions, index: number): KnownRequest {
  const one = known[index % known.length];
  if (one === undefined) throw new TypeError('the bench needs requests');
  return one;
}
