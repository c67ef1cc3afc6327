import { expect, test } from 'vitest';
import { evaluated } from './written.ts';

const document = {
  provider: { aws: [{ region: 'eu-west-1' }, { region: 'ap-southeast-2', alias: 'far' }] },
  data: {
    aws_availability_zones: {
      all: { state: 'available' },
      some: { exclude_names: ['eu-west-1b'] },
      far: { provider: 'aws.far' },
    },
    aws_region: { here: {}, far: { provider: 'aws.far' }, named: { region: 'us-west-2' } },
    aws_caller_identity: { me: {} },
    aws_partition: { here: {} },
    aws_prefix_list: { s3: { name: 'com.amazonaws.eu-west-1.s3' } },
    aws_ec2_managed_prefix_list: { cloudfront: { name: 'com.amazonaws.global.cloudfront.origin-facing' } },
    aws_ami: { linux: { most_recent: true, owners: ['amazon'] }, many: { count: 2 } },
    aws_ssm_parameter: { image: { name: '/aws/service/x' } },
    aws_vpc: { default: { default: true } },
    aws_something: { x: { name: 'n' } },
    aws_iam_policy_document: {
      read: {
        statement: [
          {
            sid: 'Read',
            actions: ['s3:GetObject', 's3:A'],
            resources: ['*'],
            principals: { type: 'Service', identifiers: ['ec2.amazonaws.com'] },
            condition: { test: 'StringEquals', variable: 'aws:x', values: ['y'] },
          },
        ],
        dynamic: {
          statement: { for_each: ['one'], content: { effect: 'Deny', actions: [`\${statement.value}`] } },
        },
      },
      over: { source_policy_documents: [`\${data.aws_iam_policy_document.read.json}`] },
      later: { statement: { actions: ['s3:*'], resources: [`\${aws_s3_bucket.b.arn}`] } },
    },
  },
  resource: { aws_s3_bucket: { b: {} } },
};

test.each<[string, unknown]>([
  ['aws_availability_zones.all.names', ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
  ['aws_availability_zones.all.zone_ids', ['euw1-az1', 'euw1-az2', 'euw1-az3']],
  ['aws_availability_zones.some.names', ['eu-west-1a', 'eu-west-1c']],
  ['aws_availability_zones.some.zone_ids[1]', 'euw1-az3'],
  ['aws_availability_zones.far.names[0]', 'ap-southeast-2a'],
  ['aws_availability_zones.far.zone_ids[0]', 'apse2-az1'],
  ['aws_availability_zones.all.state', 'available'],
  ['aws_region.here.name', 'eu-west-1'],
  ['aws_region.here.id', 'eu-west-1'],
  ['aws_region.far.region', 'ap-southeast-2'],
  ['aws_region.named.region', 'us-west-2'],
  ['aws_caller_identity.me.account_id', '123456789012'],
  ['aws_partition.here.partition', 'aws'],
  ['aws_partition.here.dns_suffix', 'amazonaws.com'],
  ['aws_prefix_list.s3.id', { kind: 'reference', address: 'data.aws_prefix_list.s3', attribute: 'id' }],
  [
    'aws_ec2_managed_prefix_list.cloudfront.id',
    { kind: 'reference', address: 'data.aws_ec2_managed_prefix_list.cloudfront', attribute: 'id' },
  ],
  ['aws_ami.linux.id', 'ami-stand-in:data.aws_ami.linux'],
  ['aws_ami.many[1].id', 'ami-stand-in:data.aws_ami.many[1]'],
  [
    'aws_ssm_parameter.image.value',
    { kind: 'unknown', reason: 'data.aws_ssm_parameter.image.value is not known: it is known only to AWS' },
  ],
  ['aws_vpc.default.id', { kind: 'reference', address: 'aws_default_vpc', attribute: 'id' }],
  [
    'aws_vpc.default.cidr_block',
    {
      kind: 'unknown',
      reason: 'data.aws_vpc.default.cidr_block is not known: it is outside the configuration',
    },
  ],
  ['aws_something.x.name', 'n'],
  [
    'aws_something.x.value',
    { kind: 'unknown', reason: 'data.aws_something.x.value is not known: it is known only to AWS' },
  ],
  [
    'aws_iam_policy_document.later.json',
    { kind: 'unknown', reason: 'aws_s3_bucket.b.arn is known only after apply' },
  ],
])('data.%s is answered', (name, value) => {
  expect(evaluated(`\${data.${name}}`, document)).toEqual(value);
});

test('a policy document is rendered, static and dynamic statements and others below', () => {
  const statements = [
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: ['s3:A', 's3:GetObject'],
      Resource: '*',
      Principal: { Service: 'ec2.amazonaws.com' },
      Condition: { StringEquals: { 'aws:x': 'y' } },
    },
    { Effect: 'Deny', Action: 'one' },
  ];
  for (const name of ['read', 'over']) {
    expect(JSON.parse(String(evaluated(`\${data.aws_iam_policy_document.${name}.json}`, document)))).toEqual({
      Version: '2012-10-17',
      Statement: statements,
    });
  }
});

test('without a region anywhere zones have the names of a stand-in', () => {
  expect(evaluated(`\${data.aws_region.x.name}`, { data: { aws_region: { x: {} } } })).toBe('us-east-1');
});
