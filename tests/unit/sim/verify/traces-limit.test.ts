/** Beyond so many packets none is followed, and the finding says so: on flows of a network, many times over. */
import { expect, test } from 'vitest';
import { parsePolicy, type Violation } from '../../../../sim/policy/index.ts';
import type { Flow } from '../../../../sim/prove/index.ts';
import type { CheckContext, Observation } from '../../../../sim/verify/checks.ts';
import { listEndpoints } from '../../../../sim/verify/endpoints.ts';
import { checkAnswersDropped } from '../../../../sim/verify/findings/answers-dropped.ts';
import { judgedTraces } from '../../../../sim/verify/judged-traces.ts';
import { indexModel } from '../../../../sim/verify/model-index.ts';
import { policyFindings } from '../../../../sim/verify/policy-findings.ts';
import { acl, base } from './finding-cases.ts';

const limit = /500 others were followed, which is the limit/;
const many = (count: number) => Array.from({ length: count }, (_, index) => 1000 + index);

function contextOf(flows: readonly Flow[] = []): CheckContext {
  const model = { ...base, ...acl('egress', [100, 'deny', {}]) };
  const index = indexModel(model);
  return { index, flows, endpoints: listEndpoints(index), traces: judgedTraces(model) };
}

const isLimited = (observations: readonly Observation[]) =>
  observations.filter((one) => one.kind === 'finding' && limit.test(one.finding.message)).length;

test.each([
  [500, 0],
  [501, 1],
])('of %i answers that are dropped %i finding is told without its way', (count, limited) => {
  const flows = many(count).map(
    (port): Flow => ({
      from: 'internet',
      to: 'aws_instance.web',
      protocol: 'tcp',
      family: 4,
      ports: [{ from: port, to: port }],
      delivered: { kind: 'always' },
      verdict: { kind: 'never' },
    }),
  );
  expect(isLimited(checkAnswersDropped(contextOf(flows)))).toBe(limited);
});

test.each([
  [500, 0],
  [501, 1],
])('of %i violations of a policy %i is told without its way', (count, limited) => {
  const violations = many(count).map(
    (port): Violation => ({
      problem: 'undeclared-flow',
      from: 'internet',
      to: 'aws_instance.web',
      protocol: 'tcp',
      ports: [{ from: port, to: port }],
      family: 4,
      others: [],
    }),
  );
  const policy = parsePolicy('version: 1\nallow: []\n', { file: 'p.yaml' });
  const found = policyFindings(policy, violations, contextOf());
  expect([found.length, isLimited(found)]).toEqual([count, limited]);
});
