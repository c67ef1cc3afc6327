import { expect, test } from 'vitest';
import { devConfiguration, expression, resource, resources } from './configuration.ts';

const policy = (address: string, field = 'policy') =>
  JSON.parse(String(resource(devConfiguration(), address)[field]));
const grants = (address: string) =>
  policy(address).Statement.map(({ Sid, ...grant }: { Sid: string }) => grant);

const bucket = expression('aws_s3_bucket.models.arn');

const secret = (name: string) => ({
  Effect: 'Allow',
  Action: 'secretsmanager:GetSecretValue',
  Resource: expression(`aws_secretsmanager_secret.${name}.arn`),
});

test('lets a gateway read the API keys and the key that signs for gateways', () => {
  expect(grants('aws_iam_role_policy.gateway')).toEqual([secret('api_keys'), secret('gateway_signing_key')]);
});

test('lets a worker read the one model that it serves and the key that signs for workers', () => {
  expect(grants('aws_iam_role_policy.worker')).toEqual([
    secret('worker_signing_key'),
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `${bucket}/gemma-3-270m-it/*` },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucket,
      Condition: { StringLike: { 's3:prefix': 'gemma-3-270m-it/*' } },
    },
  ]);
});

test('lets an engine do nothing, and gives each tier a role of its own that only EC2 assumes', () => {
  const configuration = devConfiguration();
  expect(resources(configuration, 'aws_iam_role_policy').map(([name]) => name)).toEqual([
    'gateway',
    'worker',
  ]);
  expect(Object.keys(configuration.resource).filter((type) => type.startsWith('aws_iam_'))).toEqual([
    'aws_iam_instance_profile',
    'aws_iam_role',
    'aws_iam_role_policy',
  ]);
  for (const tier of ['engine', 'gateway', 'worker']) {
    expect(resource(configuration, `aws_iam_instance_profile.${tier}`).role).toBe(
      expression(`aws_iam_role.${tier}.name`),
    );
    expect(policy(`aws_iam_role.${tier}`, 'assume_role_policy').Statement).toEqual([
      { Sid: 'Ec2', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  }
});

test('reads one bucket and nothing else through the S3 endpoint, so that nothing leaves by it', () => {
  expect(grants('aws_vpc_endpoint.s3')).toEqual([
    {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: [bucket, `${bucket}/*`],
    },
  ]);
});

test('keeps the bucket private, encrypted, and closed to plain HTTP', () => {
  const configuration = devConfiguration();
  expect(resource(configuration, 'aws_s3_bucket_public_access_block.models')).toEqual({
    bucket: expression('aws_s3_bucket.models.id'),
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  expect(resource(configuration, 'aws_s3_bucket_server_side_encryption_configuration.models').rule).toEqual([
    { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
  ]);
  expect(grants('aws_s3_bucket_policy.models')).toEqual([
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [bucket, `${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
});

test('puts no value into any secret', () => {
  const { resource: types } = devConfiguration();
  expect(Object.keys(types).filter((type) => type.startsWith('aws_secretsmanager'))).toEqual([
    'aws_secretsmanager_secret',
  ]);
});
