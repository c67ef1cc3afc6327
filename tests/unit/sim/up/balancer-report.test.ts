import { expect, test } from 'vitest';
import { balancerText } from '../../../../sim/up/balancer-report.ts';
import { smallVpc } from '../small-vpc.ts';

test('says where a balancer listens, how many of its targets are up, and why the others are not', () => {
  const [networkInterface] = smallVpc().interfaces;
  if (networkInterface === undefined) throw new TypeError('the small VPC has interfaces');
  const process = {
    id: 'lb-0',
    address: 'aws_lb.web',
    networkInterface: { ...networkInterface, endpoint: 'aws_lb.web#0' },
    configuration: '',
    ports: [80, 443],
    needsCertificate: true,
    targets: [],
  };
  const target = { key: '', group: 'aws_lb_target_group.web', port: 8080 };
  const text = balancerText({
    process,
    targets: [
      { ...target, endpoint: 'aws_instance.a', health: { isUp: true, reason: 'Layer7 check passed 200' } },
      { ...target, endpoint: 'aws_instance.b', health: { isUp: false, reason: 'Layer4 timeout' } },
      { ...target, endpoint: 'aws_instance.c' },
    ],
  });
  expect(text.split('\n')).toStrictEqual([
    '  aws_lb.web#0 listens at 198.51.100.10 on 80, 443, with a self-signed certificate: 1 of 3 targets up',
    '    down: aws_instance.b:8080 of aws_lb_target_group.web: Layer4 timeout',
    '    down: aws_instance.c:8080 of aws_lb_target_group.web: not tried yet',
  ]);
});
