/**
 * What one environment is allowed to choose. A value that parses here gives a network in which subnets nest,
 * do not overlap, and every engine has an address that AWS will hand out. It does not know what exists in an account.
 */
import { z } from 'zod';
import { DrydockError } from './errors.ts';
import { parseIpv4, parseIpv4Cidr } from './ipv4.ts';
import { type Problem, planProblems } from './network-plan-problems.ts';

const cidr = z
  .string()
  .refine((text) => parseIpv4Cidr(text) !== undefined, 'not an IPv4 CIDR with its host bits zero');
// AWS accepts /16 to /28 for a VPC and for a subnet.
const awsCidr = cidr.refine((text) => {
  const prefix = Number(text.split('/')[1]);
  return prefix >= 16 && prefix <= 28;
}, 'not between /16 and /28');
const address = z.string().refine((text) => parseIpv4(text) !== undefined, 'not an IPv4 address');
const parameterName = z.string().regex(/^\/[\w./-]+$/, 'not the name of an SSM parameter');
const secretName = z.string().regex(/^[\w/+=.@-]+$/, 'not a secret name');
const count = z.number().int().min(1);
const instanceType = z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'not an instance type');
/** Goes into a systemd unit unquoted, so it is a plain image reference and nothing else. */
const image = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9./_-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$/,
    'not an image reference with a tag or digest',
  );
const group = { instanceType, image, desired: count.max(50), max: count.max(100) };

const zone = z.strictObject({
  name: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'not an availability zone'),
  publicCidr: awsCidr,
  privateCidr: awsCidr,
  engineAddress: address,
});

const environmentSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9]{0,15}$/, 'not a short lower-case name'),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not an AWS region'),
    vpcCidr: awsCidr,
    zones: z.array(zone).min(2).max(6),
    /** SSM parameter that names the machine image: Docker, the AWS CLI and the container images, already in it. */
    machineImageParameter: parameterName,
    /** Globally unique in AWS. */
    modelBucket: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'not a bucket name'),
    model: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'not a model name'),
    apiKeysSecret: secretName,
    /** Of the private keys (Ed25519, PKCS #8 as PEM) by which a machine signs its own node's tokens. */
    credentialSecrets: z.strictObject({ gateway: secretName, worker: secretName }),
    /** SSM parameters with the public keys of those, by which engines verify: one to four, between spaces. */
    verifyKeysParameters: z.strictObject({ gateway: parameterName, worker: parameterName }),
    gateway: z.strictObject({ ...group, bodyBytesMax: count.max(64 * 1024 * 1024) }),
    engine: z.strictObject({ instanceType, image }),
    /** Nodes and engines speak TLS, which a proxy beside each engine ends. Absent: they speak plain inside the VPC. */
    engineTls: z
      .strictObject({
        /** Of a certificate for the addresses of all engines, what leads to its authority, and its private key, as PEM. */
        certificateSecret: secretName,
        /** Of the authority's own certificate, as PEM. It is public; machines look there for it. */
        authoritySecret: secretName,
      })
      .optional(),
    worker: z.strictObject({
      ...group,
      slots: count.max(256),
      threads: count.max(192),
      contextTokens: count.max(131_072),
    }),
  })
  .superRefine((environment, context) => {
    for (const { path, message } of [...planProblems(environment), ...groupProblems(environment)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  });

export type Environment = z.infer<typeof environmentSchema>;
export type Zone = z.infer<typeof zone>;

/** @throws DrydockError INFRA_ENVIRONMENT_INVALID, which names the first field that is wrong. */
export function parseEnvironment(input: unknown): Environment {
  const result = environmentSchema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.length ? issue.path.join('.') : 'the whole';
  throw new DrydockError(
    'INFRA_ENVIRONMENT_INVALID',
    `could not read the environment: ${field}: ${issue?.message ?? 'wrong'}; correct it in infra/environments/`,
    { details: { issues: result.error.issues.length } },
  );
}

function groupProblems(groups: Record<'gateway' | 'worker', { desired: number; max: number }>): Problem[] {
  return (['gateway', 'worker'] as const).flatMap((tier) => {
    const { desired, max } = groups[tier];
    return desired > max ? [{ path: [tier, 'desired'], message: `${desired} is above max ${max}` }] : [];
  });
}
