import { expect, test } from 'vitest';
import { publicGateway } from '../../../../sim/deployment/entrance.ts';
import type { LoadBalancer, VpcModel } from '../../../../sim/vpc/model.ts';
import { smallVpc } from '../small-vpc.ts';

const nodes = [
  {
    id: 'gateway-0',
    program: 'gateway',
    availabilityZone: 'eu-west-1a',
    environment: {},
    restart: { when: 'always', delayMs: 1_000 },
  },
] as const;

/** The gateway without a public address, behind a balancer that has one. */
function balanced(listener: { readonly protocol: string; readonly targets: readonly string[] }): VpcModel {
  const model = smallVpc();
  const hidden = model.instances.map((instance) => {
    const { publicAddress: _, ...networkInterface } = instance.networkInterface;
    return { ...instance, networkInterface };
  });
  const [first] = hidden;
  if (first === undefined) throw new TypeError('the small VPC has a gateway');
  const own = { ...first.networkInterface, id: 'lb-web-0', publicAddress: '198.51.100.99' };
  const balancer: LoadBalancer = {
    address: 'aws_lb.web',
    kind: 'network',
    isInternal: false,
    interfaces: [own.id],
    listeners: [
      {
        address: 'aws_lb_listener.web',
        port: 8443,
        protocol: listener.protocol,
        targets: [
          {
            address: 'aws_lb_target_group.web',
            port: 443,
            protocol: 'TCP',
            interfaces: listener.targets,
            preservesClientAddress: false,
          },
        ],
      },
    ],
  };
  return { ...model, instances: hidden, interfaces: [own], loadBalancers: [balancer] };
}

test('people enter by a gateway that has a public address', () => {
  const entrance = { id: 'gateway-0', address: '198.51.100.10', port: 443 };
  expect(publicGateway({ nodes, vpc: smallVpc() })).toStrictEqual(entrance);
});

test('or by a load balancer that sends to one', () => {
  const vpc = balanced({ protocol: 'TCP', targets: ['gateway-0'] });
  const entrance = { id: 'lb-web-0', address: '198.51.100.99', port: 8443 };
  expect(publicGateway({ nodes, vpc })).toStrictEqual(entrance);
});

test.each([
  ['sends elsewhere', { protocol: 'TCP', targets: ['engine-0'] }],
  ['speaks TLS', { protocol: 'TLS', targets: ['gateway-0'] }],
])('but not by one that %s', (_, listener) => {
  expect(() => publicGateway({ nodes, vpc: balanced(listener) })).toThrow(/^could not enter the network/);
});
