import { expect, test } from 'vitest';
import { evaluated, failureOf } from './written.ts';

const resource = {
  aws_eks_cluster: {
    x: { vpc_config: [{ subnet_ids: ['subnet-1'], inner: [{ a: 1 }] }], tags: { one: '1' } },
    single: { vpc_config: { subnet_ids: ['subnet-1'] } },
  },
};
const unknown = (name: string) => ({
  kind: 'unknown',
  reason: `aws_eks_cluster.${name} is known only after apply`,
});

test.each<[string, unknown]>([
  ['x.vpc_config[0].cluster_security_group_id', unknown('x.vpc_config[0].cluster_security_group_id')],
  ['x.vpc_config.0.vpc_id', unknown('x.vpc_config[0].vpc_id')],
  ['x.vpc_config[*].vpc_id', [unknown('x.vpc_config[0].vpc_id')]],
  ['x.vpc_config[0].inner[0].b', unknown('x.vpc_config[0].inner[0].b')],
  ['single.vpc_config[0].vpc_id', unknown('single.vpc_config[0].vpc_id')],
  ['x.vpc_config[0].subnet_ids[0]', 'subnet-1'],
  ['single.vpc_config[0].subnet_ids[0]', 'subnet-1'],
  ['x.vpc_config[0].inner[0].a', 1],
])('aws_eks_cluster.%s is what is written, or known only after apply', (reference, value) => {
  expect(evaluated(`\${aws_eks_cluster.${reference}}`, { resource })).toEqual(value);
});

test.each([
  ['aws_eks_cluster.x.tags.two', 'the object has no "two"'],
  ['aws_eks_cluster.single.vpc_config.vpc_id', 'the object has no "vpc_id"'],
  ['local.plain[0].b', 'the object has no "b"'],
])('%s is a mistake: it is no block', (reference, reason) => {
  const failure = failureOf(() => evaluated(`\${${reference}}`, { resource, locals: { plain: [{ a: 1 }] } }));
  expect(failure.message).toContain(reason);
});
