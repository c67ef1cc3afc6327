/**
 * One role per tier. A gateway may read the API keys, a worker the one model it serves, each the key that signs for its tier; an
 * engine may read nothing, or where it speaks TLS its certificate.
 */
import { IamInstanceProfile, IamRole, IamRolePolicy, type SecretsmanagerSecret } from './aws/index.ts';
import type { Declare } from './declare.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';
import { type PolicyStatement, policyDocument } from './policy-document.ts';
import type { Storage } from './storage.ts';

export type InstanceProfiles = Readonly<Record<Tier, IamInstanceProfile>>;

const ec2MayAssume = policyDocument([
  { Sid: 'Ec2', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
]);

export function declareIdentity(
  declare: Declare,
  environment: Environment,
  storage: Storage,
): InstanceProfiles {
  const statements = tierStatements(environment, storage);
  const profile = (tier: Tier) => {
    const name = `drydock-${environment.name}-${tier}`;
    const role = declare(IamRole, tier, { name, assumeRolePolicy: ec2MayAssume });
    if (statements[tier].length > 0) {
      declare(IamRolePolicy, tier, { name, role: role.id, policy: policyDocument(statements[tier]) });
    }
    return declare(IamInstanceProfile, tier, { name, role: role.name });
  };
  return { gateway: profile('gateway'), engine: profile('engine'), worker: profile('worker') };
}

function tierStatements(
  { model }: Environment,
  { bucket, apiKeys, signingKeys, engineTls }: Storage,
): Record<Tier, readonly PolicyStatement[]> {
  const readSecret = (Sid: string, { arn }: SecretsmanagerSecret): PolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: arn,
  });
  const authority = engineTls ? [readSecret('ReadEngineAuthority', engineTls.authority)] : [];
  return {
    gateway: [
      readSecret('ReadApiKeys', apiKeys),
      readSecret('ReadSigningKey', signingKeys.gateway),
      ...authority,
    ],
    engine: engineTls ? [readSecret('ReadCertificate', engineTls.certificate)] : [],
    worker: [
      readSecret('ReadSigningKey', signingKeys.worker),
      ...authority,
      { Sid: 'ReadModel', Effect: 'Allow', Action: 's3:GetObject', Resource: `${bucket.arn}/${model}/*` },
      {
        Sid: 'ListModel',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucket.arn,
        Condition: { StringLike: { 's3:prefix': `${model}/*` } },
      },
    ],
  };
}
