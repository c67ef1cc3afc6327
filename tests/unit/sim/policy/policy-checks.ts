/** Endpoints, rows of a proof and policies for the tests of what a policy brings to light. */
import {
  checkPolicy,
  type OpenQuestion,
  parsePolicy,
  type Subject,
  type Violation,
} from '../../../../sim/policy/index.ts';
import type { Answer, Flow, Proof } from '../../../../sim/prove/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { group, rule, smallNetwork } from '../verify/small-network.ts';

export const always: Answer = { kind: 'always' };
export const never: Answer = { kind: 'never' };
export const half: Answer = { kind: 'depends', sourcePorts: [{ from: 32_768, to: 65_535 }] };
export const unknown: Answer = { kind: 'unknown', causes: [{ address: 'data.x.y', reason: 'later' }] };

export function flow(from: string, to: string, fields: Partial<Flow> = {}): Flow {
  return {
    from,
    to,
    protocol: 'tcp',
    family: 4,
    ports: [{ from: 443, to: 443 }],
    delivered: always,
    verdict: always,
    ...fields,
  };
}

export function subject(endpoint: string, fields: Partial<Subject> = {}): Subject {
  return {
    endpoint,
    address: endpoint.replace(/#\d+$/, ''),
    kind: 'instance',
    tier: 'private',
    securityGroups: [],
    tags: {},
    ...fields,
  };
}

export const subjects: readonly Subject[] = [
  subject('aws_lb.front#0', { kind: 'load-balancer', tier: 'public' }),
  subject('aws_lb.front#1', { kind: 'load-balancer', tier: 'public' }),
  subject('aws_instance.app["a"]', {
    tags: { role: 'app' },
    subnet: 'aws_subnet.private[0]',
    availabilityZone: 'eu-west-1a',
  }),
  subject('aws_instance.app["b"]', {
    tags: { role: 'app' },
    subnet: 'aws_subnet.private[1]',
    availabilityZone: 'eu-west-1b',
  }),
  subject('aws_db_instance.main#0', {
    kind: 'database',
    securityGroups: ['aws_security_group.db'],
    vpc: 'aws_vpc.main',
  }),
];

export function check(
  policy: string,
  flows: readonly Flow[],
  {
    model = smallNetwork(),
    proven = [],
    byPublicAddress = [],
  }: { model?: VpcModel; proven?: Proof['unknown']; byPublicAddress?: readonly Flow[] } = {},
) {
  return checkPolicy(parsePolicy(`version: 1\n${policy}\n`, { file: 'p.yaml' }), {
    model,
    proof: { flows, byPublicAddress, unknown: proven },
    subjects,
  });
}

export const told = ({ problem, from, to, ports }: Violation) =>
  `${problem} ${from} → ${to} ${ports.map(({ from: first, to: last }) => `${first}-${last}`).join(',')}`;
export const asked = ({ text }: OpenQuestion) => text;
export const violations = (...args: Parameters<typeof check>) => check(...args).violations.map(told);
export const optional = (fields: string) => `allow: [{ ${fields}, optional: true }]`;

export const withOffice = smallNetwork({
  securityGroups: [group('web', { ingress: [rule('r', '198.51.100.0/25', { port: 22 })] })],
});
