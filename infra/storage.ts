/**
 * The bucket of models, the secrets of API keys and signing keys (their values are never here: an operator puts them in), and the only
 * way out of the private subnets: the S3 gateway endpoint, through which this bucket can be read and nothing else.
 */
import {
  S3Bucket,
  S3BucketEncryption,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  SecretsmanagerSecret,
  VpcEndpoint,
} from './aws/index.ts';
import type { Declare } from './declare.ts';
import type { Environment } from './environment.ts';
import type { Network } from './network.ts';
import { policyDocument } from './policy-document.ts';

export interface Storage {
  readonly bucket: S3Bucket;
  readonly apiKeys: SecretsmanagerSecret;
  /** Private: each is for the machines of its tier. */
  readonly signingKeys: Readonly<Record<'gateway' | 'worker', SecretsmanagerSecret>>;
  /** Absent: nodes and engines speak plain. */
  readonly engineTls?: {
    readonly certificate: SecretsmanagerSecret;
    readonly authority: SecretsmanagerSecret;
  };
  readonly s3: VpcEndpoint;
}

export function declareStorage(declare: Declare, environment: Environment, network: Network): Storage {
  const bucket = declareBucket(declare, environment);
  const apiKeys = declare(SecretsmanagerSecret, 'api_keys', {
    name: environment.apiKeysSecret,
    description: 'SHA-256 of each API key. Gateways read it.',
  });
  const signingKey = (tier: 'gateway' | 'worker') =>
    declare(SecretsmanagerSecret, `${tier}_signing_key`, {
      name: environment.credentialSecrets[tier],
      description: `Ed25519 private key as PEM. The machine of a ${tier} signs the token of its node with it.`,
    });
  const signingKeys = { gateway: signingKey('gateway'), worker: signingKey('worker') };
  const s3 = declare(VpcEndpoint, 's3', {
    vpcId: network.vpc.id,
    serviceName: `com.amazonaws.${environment.region}.s3`,
    vpcEndpointType: 'Gateway',
    routeTableIds: network.zones.map(({ privateRouteTable }) => privateRouteTable.id),
    policy: policyDocument([
      {
        Sid: 'ReadModels',
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: [bucket.arn, `${bucket.arn}/*`],
      },
    ]),
    tags: { Name: `drydock-${environment.name}-s3` },
  });
  const engineTls = declareEngineTls(declare, environment);
  return { bucket, apiKeys, signingKeys, s3, ...(engineTls && { engineTls }) };
}

function declareEngineTls(declare: Declare, { engineTls }: Environment): Storage['engineTls'] {
  if (engineTls === undefined) return undefined;
  return {
    certificate: declare(SecretsmanagerSecret, 'engine_certificate', {
      name: engineTls.certificateSecret,
      description:
        'Certificate of the engines, with its private key, as PEM. The proxy beside an engine shows it.',
    }),
    authority: declare(SecretsmanagerSecret, 'engine_authority', {
      name: engineTls.authoritySecret,
      description:
        'Certificate of the authority by which gateways and workers know engines, as PEM. It is public.',
    }),
  };
}

function declareBucket(declare: Declare, environment: Environment): S3Bucket {
  const bucket = declare(S3Bucket, 'models', { bucket: environment.modelBucket });
  const publicAccess = declare(S3BucketPublicAccessBlock, 'models', {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  declare(S3BucketEncryption, 'models', {
    bucket: bucket.id,
    rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  });
  declare(S3BucketPolicy, 'models', {
    bucket: bucket.id,
    policy: policyDocument([
      {
        Sid: 'RefusePlainHttp',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [bucket.arn, `${bucket.arn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]),
    // S3 refuses two changes of one bucket's access at the same time.
    dependsOn: [publicAccess],
  });
  return bucket;
}
