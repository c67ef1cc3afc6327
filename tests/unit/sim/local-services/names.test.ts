import { expect, test } from 'vitest';
import {
  instanceId,
  loadBalancerName,
  privateHostName,
  publicHostName,
  serviceName,
} from '../../../../sim/local-services/names.ts';

test('the first region has names of its own', () => {
  expect(privateHostName('10.0.1.5', 'eu-west-1')).toBe('ip-10-0-1-5.eu-west-1.compute.internal');
  expect(privateHostName('10.0.1.5', 'us-east-1')).toBe('ip-10-0-1-5.ec2.internal');
  expect(publicHostName('198.51.100.1', 'eu-west-1')).toBe(
    'ec2-198-51-100-1.eu-west-1.compute.amazonaws.com',
  );
  expect(publicHostName('198.51.100.1', 'us-east-1')).toBe('ec2-198-51-100-1.compute-1.amazonaws.com');
});

test.each([
  ['application', false, /^web-\d{10}\.eu-west-1\.elb\.amazonaws\.com$/],
  ['application', true, /^internal-web-\d{10}\.eu-west-1\.elb\.amazonaws\.com$/],
  ['network', true, /^web-[0-9a-f]{16}\.elb\.eu-west-1\.amazonaws\.com$/],
] as const)('a %s balancer, internal: %s', (kind, isInternal, pattern) => {
  const balancer = { kind, isInternal, address: 'aws_lb.web' };
  expect(loadBalancerName(balancer, { name: 'web', region: 'eu-west-1' })).toMatch(pattern);
});

test('a service goes by the name that its clients ask for', () => {
  const region = { region: 'eu-west-1' };
  expect(serviceName('secretsmanager', region)).toBe('secretsmanager.eu-west-1.amazonaws.com');
  expect(serviceName('ecr.dkr', region)).toBe('dkr.ecr.eu-west-1.amazonaws.com');
});

test('an instance id is as long as AWS’s, and each machine’s own', () => {
  expect(instanceId('worker-0')).toMatch(/^i-[0-9a-f]{17}$/);
  expect(instanceId('worker-0')).not.toBe(instanceId('worker-1'));
});
