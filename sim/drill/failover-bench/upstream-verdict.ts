/**
 * What a scenario of the upstream half is worth. The rules are the published ones: a rescue with all checks clean passes, an advisory check
 * that does not hold makes it partial, no rescue and a clean error is safe, and what no client may see fails, as a required check does. Pure.
 */
import type { UpstreamScenario } from './upstream-checks.ts';
import { isRescued, outrageOf, type UpstreamEvidence } from './upstream-evidence.ts';
import type { ScenarioVerdict } from './verdict.ts';

/** @param evidence of every request, also of one whose client gave up. @returns without a reason where it passes. */
export function judgeUpstream(
  scenario: Pick<UpstreamScenario, 'ideal' | 'checks'>,
  evidence: UpstreamEvidence,
): Omit<ScenarioVerdict, 'id'> {
  const { seen, primary } = evidence;
  const fail = (reason: string) => ({ verdict: 'fail', reason }) as const;
  if (primary === undefined) return fail('void: no server was asked');
  const outrage = seen.map(outrageOf).find((reason) => reason !== undefined);
  if (outrage !== undefined) return fail(outrage);
  const broken = scenario.checks.filter(({ holds }) => !holds(evidence));
  const required = broken.find(({ isAdvisory }) => isAdvisory !== true);
  if (required) return fail(required.otherwise);
  const isAnswered = seen.every(isRescued);
  if (scenario.ideal === 'answer' && !isAnswered) {
    const codes = seen.flatMap(({ errorCode }) => errorCode ?? []);
    return { verdict: 'safe', reason: `a client was told an error: ${codes.join(', ')}` };
  }
  const [advisory] = [
    ...(scenario.ideal === 'refusal' && isAnswered ? ['what was refused was answered all the same'] : []),
    ...broken.map(({ otherwise }) => otherwise),
  ];
  return advisory === undefined ? { verdict: 'pass' } : { verdict: 'partial', reason: advisory };
}
