/**
 * Sends every planned probe through a started fabric and holds what came of it against judge and proof. It compares; it
 * neither starts nor stops the fabric. A probe of which nothing is known is counted as not compared, with the causes.
 */

import { DrydockError } from '../errors.ts';
import type { PacketOutcome } from '../fabric/index.ts';
import type { UnknownCause, VpcModel } from '../vpc/model.ts';
import type { CollapsedClass } from './collapse-interfaces.ts';
import {
  causesOf,
  type Disagreement,
  disagreementOf,
  type Expectation,
  expectationOf,
  isComparable,
  isUnexpectedSilence,
  nameParty,
} from './compare.ts';
import { countProbes } from './count-probes.ts';
import { modelOracle } from './model-oracle.ts';
import type { Oracle } from './oracle.ts';
import {
  type NotProbed,
  type PlannedProbe,
  type PlanProbesOptions,
  type ProbePlan,
  planProbes,
} from './plan-probes.ts';
import { type ProbedFabric, sendPackets } from './send-packets-runtime.ts';

export interface RunDifferOptions extends PlanProbesOptions {
  readonly fabric: ProbedFabric;
  /** Default: judge and proof of the model. */
  readonly oracle?: Oracle;
  /** How long the first look waits for silence. Default 300. */
  readonly timeoutMs?: number;
}

export interface NotCompared {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly probes: number;
  readonly causes: readonly UnknownCause[];
}

export interface DifferReport {
  /** Planned and sent, those not compared included in neither. */
  readonly probes: number;
  readonly byProtocol: { readonly tcp: number; readonly udp: number; readonly icmp: number };
  readonly agreements: number;
  /** Probes that were silent against the proof, and sent once more: what counts is the second look. */
  readonly secondLooks: number;
  readonly disagreements: readonly Disagreement[];
  readonly collapsed: readonly CollapsedClass[];
  readonly notProbed: readonly NotProbed[];
  readonly notCompared: readonly NotCompared[];
}

const TIMEOUT_MS = 300;
/** The second look at unexpected silence; still below a second, so that TCP sends one SYN. */
const PATIENT_TIMEOUT_MS = 900;

/** @throws DrydockError SIM_DIFFER_INCOMPLETE when the plan is not as long as its independent count says. */
export async function runDiffer(model: VpcModel, options: RunDifferOptions): Promise<DifferReport> {
  const { oracle = modelOracle(model) } = options;
  const plan = planProbes(model, options);
  checkComplete(model, plan);
  const expectations = plan.probes.map((probe) => expectationOf(probe, oracle));
  const comparable = expectations.filter(isComparable);
  const { outcomes, secondLooks } = await probeTwice(comparable, options);
  const disagreements = comparable.flatMap(
    (expectation, index) => disagreementOf(model, { expectation, outcome: outcomeAt(outcomes, index) }) ?? [],
  );
  return {
    probes: comparable.length,
    byProtocol: byProtocol(comparable.map(({ planned }) => planned)),
    agreements: comparable.length - disagreements.length,
    secondLooks,
    disagreements,
    collapsed: plan.collapsed,
    notProbed: plan.notProbed,
    notCompared: groupNotCompared(
      model,
      expectations.filter((expectation) => !isComparable(expectation)),
    ),
  };
}

function checkComplete(model: VpcModel, plan: ProbePlan): void {
  const leftOut = plan.notProbed.reduce((sum, { probes = 0 }) => sum + probes, 0);
  const { total } = countProbes(model, plan.interfaces);
  if (plan.probes.length + leftOut === total) return;
  throw new DrydockError(
    'SIM_DIFFER_INCOMPLETE',
    `could not plan every probe: ${plan.probes.length} are planned and ${leftOut} told as left out, of ${total}; report the configuration`,
  );
}

async function probeTwice(
  expectations: readonly Expectation[],
  { fabric, timeoutMs = TIMEOUT_MS }: RunDifferOptions,
): Promise<{ readonly outcomes: readonly PacketOutcome[]; readonly secondLooks: number }> {
  const send = (chosen: readonly Expectation[], waitMs: number) =>
    sendPackets(
      chosen.map(({ planned }) => planned.packet),
      { fabric, timeoutMs: waitMs },
    );
  const outcomes = [...(await send(expectations, timeoutMs))];
  const silent = expectations
    .map((expectation, index) => ({ expectation, index }))
    .filter(({ expectation, index }) => isUnexpectedSilence(expectation, outcomeAt(outcomes, index)));
  if (silent.length === 0) return { outcomes, secondLooks: 0 };
  const again = await send(
    silent.map(({ expectation }) => expectation),
    PATIENT_TIMEOUT_MS,
  );
  for (const [index, outcome] of again.entries()) {
    const at = silent[index]?.index;
    if (at !== undefined) outcomes[at] = outcome;
  }
  return { outcomes, secondLooks: silent.length };
}

function outcomeAt(outcomes: readonly PacketOutcome[], index: number): PacketOutcome {
  const outcome = outcomes[index];
  if (outcome === undefined) throw new TypeError(`no outcome came for probe ${index}`);
  return outcome;
}

function byProtocol(probes: readonly PlannedProbe[]): DifferReport['byProtocol'] {
  const counts = { tcp: 0, udp: 0, icmp: 0 };
  for (const { protocol } of probes) counts[protocol] += 1;
  return counts;
}

function groupNotCompared(model: VpcModel, expectations: readonly Expectation[]): readonly NotCompared[] {
  const groups = Map.groupBy(expectations, ({ planned: { packet, protocol } }) =>
    JSON.stringify([packet.source, packet.destination, protocol]),
  );
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { packet, protocol } = first.planned;
    const causes = new Map(members.flatMap(causesOf).map((cause) => [JSON.stringify(cause), cause]));
    return [
      {
        from: nameParty(model, packet.source),
        to: nameParty(model, packet.destination),
        protocol,
        probes: members.length,
        causes: [...causes.values()],
      },
    ];
  });
}
