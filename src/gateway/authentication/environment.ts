/** The part of the environment that says who may call: which keys there are, and what they mean together. */

import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type AddressList, parseAddressList } from './address-list.ts';
import type { AddressSettings } from './admit-address.ts';
import { type AuthPolicy, parseAuthPolicy, policyNames } from './auth-policy.ts';
import type { JwtSettings } from './jwt-check.ts';

export interface AccessSettings {
  readonly policy: AuthPolicy;
  readonly addresses: AddressSettings;
  /** Name of the field in which trusted proxies pass certificates on. */
  readonly certificateField?: string;
  /** Whether connections are encrypted up to here. */
  readonly isTls: boolean;
  /** There where the policy names it. */
  readonly jwt?: JwtSettings & { readonly jwksUrl: string };
}

const algorithms = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);

/** What is public knowledge may come unencrypted from this machine alone: whoever changes it on its way chooses who may call. */
const jwksUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
});

const addressList = z
  .string()
  .transform(parseAddressList)
  .pipe(z.custom<AddressList>((list) => list !== undefined));

export const accessFields = {
  DRYDOCK_AUTH: z
    .string()
    .transform(parseAuthPolicy)
    .pipe(z.custom<AuthPolicy>((policy) => policy !== undefined))
    .default([['api-key']]),
  DRYDOCK_ALLOWED_ADDRESSES: addressList.optional(),
  DRYDOCK_TRUSTED_PROXIES: addressList.optional(),
  DRYDOCK_TLS: z.enum(['on', 'off']).default('off'),
  DRYDOCK_CLIENT_CERTIFICATE_FIELD: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .optional(),
  DRYDOCK_JWT_ISSUER: z.string().min(1).max(512).optional(),
  DRYDOCK_JWT_AUDIENCE: z.string().min(1).max(512).optional(),
  DRYDOCK_JWT_JWKS_URL: jwksUrl.optional(),
  DRYDOCK_JWT_ALGORITHMS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(algorithms).min(1).max(11))
    .default(['RS256', 'ES256']),
};

const accessSchema = z.object(accessFields);
type AccessFields = z.infer<typeof accessSchema>;

/** The keys that a node's `access.json` may set anew while the gateway runs. Whether connections are encrypted is decided at its start. */
const { DRYDOCK_TLS: _fixed, ...changeableFields } = accessFields;
const accessFileSchema = z.strictObject(
  Object.fromEntries(Object.keys(changeableFields).map((key) => [key, z.string().optional()])),
);

/** Of the environment, as it is written. */
export type AccessTexts = Readonly<Record<string, string | undefined>>;

export function accessTextsOf(environment: AccessTexts): AccessTexts {
  return Object.fromEntries(Object.keys(accessFields).map((key) => [key, environment[key]]));
}

/**
 * @param text content of `access.json`, which takes the place of single keys of the environment.
 * @throws DrydockError GATEWAY_CONFIG_INVALID, naming keys and no value.
 */
export function parseAccessFile(text: string, environment: AccessTexts): AccessSettings {
  const file = accessFileSchema.safeParse(parseJsonOrUndefined(text));
  if (!file.success) throw invalidAccess(['access.json']);
  const fields = accessSchema.safeParse({ ...environment, ...file.data });
  if (!fields.success) throw invalidAccess(fields.error.issues.map(({ path }) => String(path[0])));
  const missing: string[] = [];
  const settings = toAccessSettings(fields.data, (key) => missing.push(key));
  if (missing.length > 0) throw invalidAccess(missing);
  return settings;
}

function invalidAccess(keys: readonly string[]) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CONFIG_INVALID',
    `could not use access.json: ${[...new Set(keys)].join(', ')} is missing or not valid; see docs/launch-contract.md`,
  );
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param missing is told each key that the policy needs and that is not there. */
export function toAccessSettings(fields: AccessFields, missing: (key: string) => void): AccessSettings {
  const {
    DRYDOCK_AUTH: policy,
    DRYDOCK_ALLOWED_ADDRESSES: allowed,
    DRYDOCK_TRUSTED_PROXIES: trustedProxies,
    DRYDOCK_CLIENT_CERTIFICATE_FIELD: certificateField,
  } = fields;
  const isTls = fields.DRYDOCK_TLS === 'on';
  // Without encryption up to here, only a proxy can know of certificates.
  if (policyNames(policy, 'certificate') && !isTls && certificateField === undefined) missing('DRYDOCK_TLS');
  if (certificateField !== undefined && trustedProxies === undefined) missing('DRYDOCK_TRUSTED_PROXIES');
  return {
    policy,
    isTls,
    addresses: {
      ...(allowed === undefined ? {} : { allowed }),
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
    },
    ...(certificateField === undefined ? {} : { certificateField }),
    ...(policyNames(policy, 'jwt') ? { jwt: toJwtSettings(fields, missing) } : {}),
  };
}

function toJwtSettings(fields: AccessFields, missing: (key: string) => void) {
  function needed(key: 'DRYDOCK_JWT_ISSUER' | 'DRYDOCK_JWT_AUDIENCE' | 'DRYDOCK_JWT_JWKS_URL'): string {
    const value = fields[key];
    if (value === undefined) missing(key);
    return value ?? '';
  }
  return {
    issuer: needed('DRYDOCK_JWT_ISSUER'),
    audience: needed('DRYDOCK_JWT_AUDIENCE'),
    jwksUrl: needed('DRYDOCK_JWT_JWKS_URL'),
    algorithms: fields.DRYDOCK_JWT_ALGORITHMS,
  };
}
