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

export interface ScenarioRunOptions extends Omit<AskOptions, 'door' | 'onToken' | 'onSent' | 'patienceMs'> {
  readonly doors: readonly Door[];
  readonly known: readonly KnownRequest[];
  readonly striker: Striker;
  /** Of all workers together. */
  readonly slots: number;
  readonly onAction: (text: string) => void;
}

/** What has left its client is with a worker by then, more or less, and none is answered. */
const passedOnMs = 10;
/** Of the streams. The first may end before the last begins: they do not all come so far at once. */
const struckShare = 1 / 2;
const loadsMax = 5;
/** Streams that do not come so far are struck as far as they are. */
const readyWaitMs = 10_000;
/** More than any scenario gives. */
const patienceMs = 110_000;
const capacityBudgetMs = 30_000;

/** What its verdict is of: every answer to a client, also those of loads that nothing met. */
export async function runScenario(scenario: Scenario, options: ScenarioRunOptions): Promise<ScenarioVerdict> {
  const { id, requests, steps, limits, allowsRetry = false } = scenario;
  const { unmet, load, gate, struck } = await beginStruck(scenario, options);
  for (const [index, step] of steps.entries()) {
    if (scenario.isPaced) gate.openTo(Math.ceil((requests * (index + 1)) / steps.length));
    if (scenario.healsWhenAnswered && step.action.kind === 'heal') await load.ended;
    await take(step, options);
  }
  const loads = [...unmet, load];
  if (scenario.comesTwice) {
    const again = begin(scenario, options, loads.length * requests);
    again.gate.openTo(requests);
    loads.push(again.load);
  }
  await Promise.all(loads.map(({ ended }) => ended));
  const shortcomings =
    scenario.endsAtFullCapacity && !(await reachesFullCapacity(options))
      ? [`${options.slots} streams never ran at once afterwards`]
      : [];
  return {
    id,
    ...judgeScenario({
      requests: loads.length * requests,
      transcripts: loads.flatMap(({ transcripts }, index) =>
        transcripts.map((seen) => ({ ...seen, request: seen.request + index * requests })),
      ),
      referenceOf: (request) => knownOf(options, request).reference,
      ...{ limits, struck, allowsRetry, shortcomings, model: options.model },
    }),
  };
}

interface Begun {
  readonly load: Load;
  readonly gate: RequestGate;
}

interface Struck extends Begun {
  /** Loads that were over before, so that nothing could meet them. */
  readonly unmet: readonly Load[];
  /** Requests under way. */
  readonly struck: number;
}

/** A load that has come so far as it is to be struck. One that nothing could meet is followed by another. */
async function beginStruck(scenario: Scenario, options: ScenarioRunOptions): Promise<Struck> {
  const { requests, isPaced } = scenario;
  const unmet: Load[] = [];
  for (;;) {
    const begun = begin(scenario, options, unmet.length * requests);
    if (isPaced) return { ...begun, unmet, struck: requests };
    begun.gate.openTo(requests);
    await untilReady(scenario, begun.load);
    const struck = begun.load.underWay;
    if (struck > 0 || unmet.length === loadsMax - 1) return { ...begun, unmet, struck };
    unmet.push(begun.load);
  }
}

async function untilReady({ requests, clients, afterTokens }: Scenario, load: Load): Promise<void> {
  const isReady =
    afterTokens === 0
      ? load.untilSent(Math.min(requests, clients)).then(() => delay(passedOnMs))
      : load.untilEach(afterTokens, Math.ceil(requests * struckShare));
  const over = new AbortController();
  try {
    await Promise.race([isReady, load.ended, delay(readyWaitMs, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

function begin(
  { requests, clients, ...scenario }: Scenario,
  options: ScenarioRunOptions,
  from: number,
): Begun {
  const gate = openRequestGate(requests);
  const load = startLoad({
    ...options,
    ...{ clients, gate, patienceMs: scenario.patienceMs ?? patienceMs },
    requestOf: (index) => knownOf(options, index + from).request,
    entrances: options.doors,
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
