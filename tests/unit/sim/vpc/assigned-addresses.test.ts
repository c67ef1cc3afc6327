import { expect, test } from 'vitest';
import type { VpcModel } from '../../../../sim/vpc/index.ts';
import { modelOf, type Resources, ref } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const machine = { ami: 'ami-1', instance_type: 't3.micro', subnet_id: ref('aws_subnet.a.id') };
const allowing = (...cidr_blocks: readonly string[]) => ({
  aws_security_group: {
    one: { vpc_id, ingress: [{ protocol: 'tcp', from_port: 22, to_port: 22, cidr_blocks }] },
  },
});
const block = (reference: string) => `\${${reference}}/32`;

function peersOf(model: VpcModel): readonly string[] {
  const group = model.securityGroups.find(({ address }) => address === 'aws_security_group.one');
  return (group?.ingress ?? []).map(({ peer, uncertain }) =>
    uncertain ? `? ${uncertain.reason}` : 'cidr' in peer ? peer.cidr : peer.kind,
  );
}

function addressesOf({ interfaces, natGateways }: VpcModel): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries([
    ...interfaces.flatMap((one) => [
      [`${one.endpoint} private`, one.privateAddress],
      [`${one.endpoint} public`, one.publicAddress],
    ]),
    ...natGateways.map(({ address, publicAddress }) => [`${address} public`, publicAddress]),
  ]);
}

const resources: Resources = {
  aws_instance: {
    plain: { ...machine, associate_public_ip_address: true },
    fixed: machine,
    carded: {
      ami: 'ami-1',
      instance_type: 't3.micro',
      network_interface: [{ device_index: 0, network_interface_id: ref('aws_network_interface.card.id') }],
    },
  },
  aws_network_interface: { card: { subnet_id: ref('aws_subnet.b.id') } },
  aws_eip: { held: { instance: ref('aws_instance.fixed.id') }, nat: {}, free: {} },
  aws_nat_gateway: { n: { subnet_id: ref('aws_subnet.a.id'), allocation_id: ref('aws_eip.nat.id') } },
};

test.each([
  ['aws_instance.plain.public_ip', 'aws_instance.plain public'],
  ['aws_instance.plain.private_ip', 'aws_instance.plain private'],
  ['aws_eip.held.public_ip', 'aws_instance.fixed public'],
  ['aws_eip.nat.public_ip', 'aws_nat_gateway.n public'],
  ['aws_nat_gateway.n.public_ip', 'aws_nat_gateway.n public'],
  ['aws_network_interface.card.private_ip', 'aws_instance.carded private'],
])('%s in a rule is the address that the model gives', (reference, holder) => {
  const before = addressesOf(modelOf(resources));
  const model = modelOf({ ...resources, ...allowing(block(reference), '203.0.113.7/32') });
  expect(before[holder]).toMatch(/^\d/);
  expect(addressesOf(model)[holder]).toMatch(/^\d/);
  expect(peersOf(model)).toEqual([`${addressesOf(model)[holder]}/32`, '203.0.113.7/32']);
});

test.each(['aws_eip.free.public_ip', 'aws_instance.fixed.public_ip', 'aws_instance.fixed.public_dns'])(
  '%s is not known: nothing has it, or it is gone when the elastic address is there',
  (reference) => {
    const [peer] = peersOf(modelOf({ ...resources, ...allowing(block(reference)) }));
    expect(peer).toContain(`${reference} is known only after apply`);
  },
);
