import { expect, test } from 'vitest';
import { createEvaluator, fieldsOf } from '../../../../../sim/terraform/index.ts';
import {
  attributeOf,
  blockOf,
  planDocument,
  planned,
  readDocument,
  type WrittenInstance,
} from './written-plan.ts';

const VPC = 'vpc-0123456789abcdef0';
const references = (...texts: string[]) => ({ references: texts });
const reference = (address: string, attribute = 'id') => ({ kind: 'reference', address, attribute });

const newVpc: WrittenInstance = {
  address: 'aws_vpc.main',
  values: { cidr_block: '10.0.0.0/16' },
  unknown: { id: true, arn: true },
};
const builtVpc: WrittenInstance = {
  address: 'aws_vpc.main',
  values: { cidr_block: '10.0.0.0/16', id: VPC },
  expressions: { cidr_block: {} },
  actions: ['no-op'],
};

test('what is only to be destroyed is not there', () => {
  const document = planDocument([newVpc], {
    resource_changes: [
      { address: 'aws_vpc.old', change: { actions: ['delete'], after: null, after_unknown: {} } },
    ],
  });
  expect([...readDocument(document).resources.keys()]).toEqual(['aws_vpc.main']);
});

test('an old object that is left over does not stand for the one that takes its place', () => {
  const document = planDocument([newVpc]) as { resource_changes: object[] };
  document.resource_changes.push({
    address: 'aws_vpc.main',
    deposed: 'a1b2c3d4',
    change: { actions: ['delete'], after: null, after_unknown: {} },
  });
  const subnet: WrittenInstance = {
    address: 'aws_subnet.a',
    values: { cidr_block: '10.0.0.0/24' },
    unknown: { vpc_id: true },
    expressions: { vpc_id: references('aws_vpc.main.id', 'aws_vpc.main') },
  };
  const both = planDocument([newVpc, subnet]) as { resource_changes: object[] };
  both.resource_changes.push(...document.resource_changes.slice(1));
  expect(attributeOf(readDocument(both), 'aws_subnet.a', 'vpc_id')).toEqual(reference('aws_vpc.main'));
});

test('an id that is known stands for the resource that has it', () => {
  const configuration = planned(builtVpc, {
    address: 'aws_subnet.a',
    values: { vpc_id: VPC, cidr_block: '10.0.0.0/24', tags: { Name: 'vpc' } },
    actions: ['no-op'],
  });
  expect(attributeOf(configuration, 'aws_subnet.a', 'vpc_id')).toEqual(reference('aws_vpc.main'));
  expect(attributeOf(configuration, 'aws_subnet.a', 'cidr_block')).toBe('10.0.0.0/24');
});

test('an id of nothing in the plan stays what it is', () => {
  const other = 'vpc-0fedcba9876543210';
  const configuration = planned(builtVpc, { address: 'aws_subnet.a', values: { vpc_id: other } });
  expect(attributeOf(configuration, 'aws_subnet.a', 'vpc_id')).toBe(other);
});

test('of two that share an id, the one that the id is named for is meant', () => {
  const peering = 'pcx-0123456789abcdef0';
  const configuration = planned(
    { address: 'aws_vpc_peering_connection_options.o', values: { id: peering } },
    { address: 'aws_vpc_peering_connection_accepter.a', values: { id: peering } },
    { address: 'aws_vpc_peering_connection.p', values: { id: peering } },
    { address: 'aws_route.r', values: { vpc_peering_connection_id: peering } },
  );
  expect(attributeOf(configuration, 'aws_route.r', 'vpc_peering_connection_id')).toEqual(
    reference('aws_vpc_peering_connection.p'),
  );
});

test('a group that AWS made with a VPC goes by the VPC', () => {
  const configuration = planned(
    {
      ...builtVpc,
      values: { ...builtVpc.values, default_security_group_id: 'sg-0123456789abcdef0' },
    },
    { address: 'aws_instance.a', values: { vpc_security_group_ids: ['sg-0123456789abcdef0'] } },
  );
  expect(attributeOf(configuration, 'aws_instance.a', 'vpc_security_group_ids')).toEqual([
    reference('aws_vpc.main', 'default_security_group_id'),
  ]);
});

test('a public address that AWS gave is not compared with the one that stands in its place', () => {
  const configuration = planned(
    { address: 'aws_eip.nat', values: { domain: 'vpc', public_ip: '52.1.2.3' } },
    { address: 'aws_instance.private', values: { public_ip: '' } },
    {
      address: 'aws_security_group_rule.r',
      values: { cidr_blocks: ['52.1.2.3/32', '52.1.2.4/32'], description: '' },
    },
  );
  expect(attributeOf(configuration, 'aws_security_group_rule.r', 'description')).toBe('');
  expect(attributeOf(configuration, 'aws_security_group_rule.r', 'cidr_blocks')).toEqual([
    { kind: 'unknown', reason: 'it is aws_eip.nat.public_ip, in place of which another address stands here' },
    '52.1.2.4/32',
  ]);
});

test('an IPv6 block that AWS gave takes the place of the wish for one', () => {
  const configuration = planned({
    ...builtVpc,
    values: { ...builtVpc.values, assign_generated_ipv6_cidr_block: true, ipv6_cidr_block: '2600:1f14::/56' },
    expressions: { cidr_block: {}, assign_generated_ipv6_cidr_block: { constant_value: true } },
  });
  expect(blockOf(configuration, 'aws_vpc.main').body).toEqual({
    cidr_block: '10.0.0.0/16',
    ipv6_cidr_block: '2600:1f14::/56',
  });
});

test('what only the provider computes is not written', () => {
  const configuration = planned({
    ...builtVpc,
    values: { ...builtVpc.values, enable_dns_support: true, owner_id: '123456789012' },
  });
  expect(Object.keys(blockOf(configuration, 'aws_vpc.main').body)).toEqual(['cidr_block']);
});

test('rules that a dynamic block made are read, and copies of rules of their own are not', () => {
  const rule = { from_port: 22, to_port: 22, protocol: 'tcp', cidr_blocks: ['0.0.0.0/0'] };
  const group: WrittenInstance = {
    address: 'aws_security_group.a',
    values: { id: 'sg-0123456789abcdef0', ingress: [rule] },
    expressions: {},
    actions: ['no-op'],
  };
  const alone = blockOf(planned(group), 'aws_security_group.a');
  expect(alone.body).toEqual({ ingress: [rule] });
  const standalone: WrittenInstance = {
    address: 'aws_security_group_rule.r',
    values: { security_group_id: 'sg-0123456789abcdef0', type: 'ingress' },
  };
  expect(blockOf(planned(group, standalone), 'aws_security_group.a').body).toEqual({});
});

test('a text that looks like a template is the text', () => {
  const text = `%{ if true }\${aws_vpc.main.id}%{ endif }`;
  const configuration = planned({ address: 'aws_instance.a', values: { user_data: text } });
  expect(attributeOf(configuration, 'aws_instance.a', 'user_data')).toBe(text);
});

test('a sensitive value is not known, and is in no body', () => {
  const configuration = planned({
    address: 'aws_security_group_rule.r',
    values: { cidr_blocks: ['198.51.100.7/32'], description: 'office', protocol: 'tcp' },
    sensitive: { cidr_blocks: [true], description: true },
  });
  const unknown = { kind: 'unknown', reason: 'its value is sensitive' };
  expect(attributeOf(configuration, 'aws_security_group_rule.r', 'cidr_blocks')).toEqual([unknown]);
  expect(attributeOf(configuration, 'aws_security_group_rule.r', 'description')).toEqual(unknown);
  const { body, scope } = blockOf(configuration, 'aws_security_group_rule.r');
  expect(JSON.stringify([body, [...(scope.iterators ?? [])]])).not.toMatch(/198\.51|office/);
});

test('a secret reference is a reference all the same', () => {
  const configuration = planned(newVpc, {
    address: 'aws_subnet.a',
    values: {},
    unknown: { vpc_id: true },
    sensitive: { vpc_id: true },
    expressions: { vpc_id: references('aws_vpc.main.id', 'aws_vpc.main') },
  });
  expect(attributeOf(configuration, 'aws_subnet.a', 'vpc_id')).toEqual(reference('aws_vpc.main'));
});

test('what is made with an attribute is not the attribute', () => {
  const configuration = planned(
    { address: 'aws_s3_bucket.a', values: {}, unknown: { arn: true, id: true } },
    {
      address: 'aws_s3_bucket_policy.p',
      values: {},
      unknown: { policy: true },
      expressions: { policy: references('aws_s3_bucket.a.arn', 'aws_s3_bucket.a') },
    },
  );
  expect(attributeOf(configuration, 'aws_s3_bucket_policy.p', 'policy')).toEqual({
    kind: 'unknown',
    reason: 'it depends on aws_s3_bucket.a.arn, which is known only after apply',
  });
});

test('only what may stand in a field is taken for it', () => {
  const mentions = references(
    'aws_vpc.main.id',
    'aws_vpc.main',
    'aws_security_group.a.id',
    'aws_security_group.a',
  );
  const group = { address: 'aws_security_group.a', values: {}, unknown: { id: true } };
  const configuration = planned(newVpc, group, {
    address: 'aws_instance.x',
    values: {},
    unknown: { vpc_id: true, subnet_id: true },
    expressions: { vpc_id: mentions, subnet_id: mentions },
  });
  expect(attributeOf(configuration, 'aws_instance.x', 'vpc_id')).toEqual(reference('aws_vpc.main'));
  expect(attributeOf(configuration, 'aws_instance.x', 'subnet_id')).toMatchObject({ kind: 'unknown' });
});

test('a list is told by the number of its members only where nothing may choose among them', () => {
  const group = (name: string) => ({
    address: `aws_security_group.${name}`,
    values: {},
    unknown: { id: true },
  });
  const groupsOf = (...more: string[]) =>
    attributeOf(
      planned(group('a'), group('b'), {
        address: 'aws_instance.x',
        values: { vpc_security_group_ids: [null, null] },
        unknown: { vpc_security_group_ids: [true, true] },
        expressions: {
          vpc_security_group_ids: references(
            ...more,
            'aws_security_group.a.id',
            'aws_security_group.a',
            'aws_security_group.b.id',
            'aws_security_group.b',
          ),
        },
      }),
      'aws_instance.x',
      'vpc_security_group_ids',
    );
  expect(groupsOf()).toEqual([reference('aws_security_group.a'), reference('aws_security_group.b')]);
  const reason = 'the plan does not say which of aws_security_group.a and aws_security_group.b';
  const open = (chooser: string) => ({ kind: 'unknown', reason: `${reason} ${chooser}` });
  expect(groupsOf('var.both')).toEqual([open('var.both picks'), open('var.both picks')]);
  const twice = groupsOf('aws_security_group.a.id', 'aws_security_group.a');
  expect(twice).toEqual([open('it is'), open('it is')]);
});

test('attributes that name one another in a circle are unknown', () => {
  const one = (name: string, other: string): WrittenInstance => ({
    address: `aws_security_group.${name}`,
    values: {},
    unknown: { id: true, vpc_id: true },
    expressions: { vpc_id: references(`aws_security_group.${other}.vpc_id`, `aws_security_group.${other}`) },
  });
  const configuration = planned(one('a', 'b'), one('b', 'a'));
  expect(attributeOf(configuration, 'aws_security_group.a', 'vpc_id')).toMatchObject({ kind: 'unknown' });
});

test('tags of the provider are among those of the resource', () => {
  const configuration = planned({
    address: 'aws_instance.a',
    values: { tags: { Name: 'a' }, tags_all: { Name: 'a', team: 'net' } },
    expressions: { tags: {} },
  });
  const block = blockOf(configuration, 'aws_instance.a');
  const tags = fieldsOf(block, createEvaluator(configuration)).map('tags');
  expect([...tags].map(([name, { value }]) => [name, value])).toEqual([
    ['Name', 'a'],
    ['team', 'net'],
  ]);
});

test('the region is the one that resources are planned in, else what is plainly written', () => {
  const regionIn = (
    expression: object,
    values: WrittenInstance['values'] = {},
    expressions: WrittenInstance['values'] = {},
  ) => {
    const document = planDocument([{ ...newVpc, values, expressions }], {
      variables: { region: { value: 'eu-west-2' }, prefix: { value: 'eu' } },
    }) as { configuration: { provider_config: object } };
    document.configuration.provider_config = { aws: { name: 'aws', expressions: { region: expression } } };
    const configuration = readDocument(document);
    const [provider] = configuration.providers;
    if (provider === undefined) throw new Error('no provider was read');
    return fieldsOf(provider, createEvaluator(configuration)).value('region')?.value;
  };
  expect(regionIn({ constant_value: 'eu-west-1' })).toBe('eu-west-1');
  expect(regionIn(references('var.region'))).toBe('eu-west-2');
  expect(regionIn(references('var.prefix'))).toMatchObject({ kind: 'unknown' });
  expect(regionIn(references('local.region'))).toMatchObject({ kind: 'unknown' });
  expect(regionIn(references('local.region'), { region: 'eu-west-3' })).toBe('eu-west-3');
  const here = { region: references('var.elsewhere') };
  expect(regionIn(references('local.region'), { region: 'eu-west-3' }, here)).toBe('eu-west-3');
  expect(regionIn({ constant_value: 'eu-west-1' }, { region: 'eu-west-3' }, here)).toBe('eu-west-1');
});

test('resources name the provider that they use', () => {
  const document = planDocument([newVpc]) as {
    configuration: { root_module: { resources: { provider_config_key: string }[] } };
  };
  const [written] = document.configuration.root_module.resources;
  if (written === undefined) throw new Error('nothing is written');
  const providerOf = (key: string) => {
    written.provider_config_key = key;
    return blockOf(readDocument(document), 'aws_vpc.main').provider;
  };
  expect(providerOf('aws')).toBe('aws');
  expect(providerOf('aws.west')).toBe('aws.west');
  expect(providerOf('module.net:aws')).toBe('aws');
});

test('a resource of which the plan holds nothing, though nothing removes it, is one that is not known', () => {
  const document = planDocument([newVpc, { address: 'aws_subnet.a', values: {} }]) as {
    planned_values: { root_module: { resources: object[] } };
    resource_changes: object[];
  };
  document.planned_values.root_module.resources.pop();
  expect(readDocument(document).unexpanded).toEqual([]);
  document.resource_changes.pop();
  expect(readDocument(document).unexpanded).toMatchObject([
    { address: 'aws_subnet.a', type: 'aws_subnet', cause: { reason: expect.stringContaining('-target') } },
  ]);
});

test('a resource that the configuration of the plan does not hold is one that is not known', () => {
  const document = planDocument([newVpc, { address: 'aws_subnet.a', values: {} }]) as {
    configuration: { root_module: { resources: object[] } };
  };
  document.configuration.root_module.resources.pop();
  expect(readDocument(document).unexpanded).toMatchObject([
    { address: 'aws_subnet.a', cause: { reason: "the plan's configuration does not hold it" } },
  ]);
});

test('data sources that were read while planning are known, and stand for what they found', () => {
  const subnet: WrittenInstance = { address: 'aws_subnet.a', values: { vpc_id: VPC } };
  const data: WrittenInstance = { address: 'data.aws_vpc.main', values: { id: VPC, default: true } };
  const document = planDocument([subnet, data]) as {
    planned_values: { root_module: { resources: object[] } };
  };
  const found = document.planned_values.root_module.resources.splice(1);
  const prior = { prior_state: { values: { root_module: { resources: found } } } };
  const configuration = readDocument({ ...document, ...prior });
  expect(attributeOf(configuration, 'aws_subnet.a', 'vpc_id')).toEqual(reference('data.aws_vpc.main'));
  expect(attributeOf(configuration, 'data.aws_vpc.main', 'default')).toBe(true);
});
