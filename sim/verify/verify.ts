/**
 * Holds a proved network against a policy, or without one against the builtin list, and reports it. Pure. A finding that hangs
 * on something unknown is not made: what it hangs on stands under `unknown`, and in the way of a verdict.
 */

import { checkPolicy, type Policy } from '../policy/index.ts';
import type { Proof } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import type { CheckContext, Observation } from './checks.ts';
import { disagreements } from './disagreements.ts';
import { listEndpoints, reportedEndpoint, subjectsOf } from './endpoints.ts';
import { findingKinds, isFindingId } from './finding-kinds.ts';
import { checks } from './findings/index.ts';
import { indexModel } from './model-index.ts';
import { policyFindings } from './policy-findings.ts';
import { reachesOf } from './reach.ts';
import { type DifferResult, type Finding, type Report, severities } from './report.ts';
import type { Traces } from './traces.ts';
import { gatherUnknowns, type Question } from './unknowns.ts';

export interface VerifyInput {
  /** As the caller named it. */
  readonly input: string;
  readonly model: VpcModel;
  readonly proof: Proof;
  readonly traces: Traces;
  readonly policy?: Policy | undefined;
  readonly differ?: DifferResult | undefined;
}

export function verify({ input, model, proof, traces, policy, differ }: VerifyInput): Report {
  const index = indexModel(model);
  const endpoints = listEndpoints(index);
  const context: CheckContext = { index, flows: proof.flows, endpoints, traces };
  const level = policy?.builtin ?? 'error';
  const observations = checks.flatMap((check) => check(context));
  const outcome = policy && checkPolicy(policy, { model, proof, subjects: subjectsOf(index, endpoints) });
  const findings = [
    ...(policy === undefined || outcome === undefined
      ? []
      : policyFindings(policy, outcome.violations, context)),
    ...disagreements(differ),
    ...observations,
  ].flatMap((observation) => findingOf(observation, level));
  const questions: readonly Question[] = [
    ...(model.subnets.length + endpoints.length === 0 ? [nothingToJudge(input)] : []),
    ...(outcome?.questions ?? []),
    ...(level === 'error' ? observations.filter(({ kind }) => kind === 'question') : []).flatMap(questionOf),
  ];
  const unknown = gatherUnknowns({ model, proof }, questions);
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length;
  const unknownInTheWay = unknown.filter(({ isInTheWay }) => isInTheWay).length;
  const errors = count('error');
  const reach = reachesOf(proof);
  return {
    schemaVersion: 1,
    input,
    policy: policy?.file ?? 'builtin',
    verdict: errors > 0 ? 'violated' : unknownInTheWay > 0 ? 'unknown' : 'holds',
    summary: {
      endpoints: endpoints.length,
      flows: reach.length,
      errors,
      warnings: count('warning'),
      notes: count('note'),
      unknown: unknown.length,
      unknownInTheWay,
    },
    endpoints: endpoints.map(reportedEndpoint),
    reach,
    findings: findings.toSorted((left, right) => rank(left) - rank(right)),
    unknown,
    ...(differ !== undefined && { differ }),
  };
}

export const exitCodes: Readonly<Record<Report['verdict'], 0 | 1 | 2>> = {
  holds: 0,
  violated: 1,
  unknown: 2,
};

const rank = ({ severity }: Finding) => severities.indexOf(severity);

/** With a policy of one's own the builtin list advises, unless the policy says otherwise. */
function findingOf(observation: Observation, level: Policy['builtin']): readonly Finding[] {
  if (observation.kind !== 'finding') return [];
  const { id } = observation.finding;
  const isBuiltin = isFindingId(id) && findingKinds[id].group === 'builtin';
  if (!isBuiltin || level === 'error') return [observation.finding];
  return level === 'off' ? [] : [{ ...observation.finding, severity: 'warning' }];
}

/** A path that was mistyped must not pass for a network that holds. */
function nothingToJudge(input: string): Question {
  const reason = 'there is no subnet in it that could be judged';
  return { text: 'everything', causes: [{ address: input, reason }] };
}

function questionOf(observation: Observation): readonly Question[] {
  return observation.kind === 'question' ? [observation] : [];
}
