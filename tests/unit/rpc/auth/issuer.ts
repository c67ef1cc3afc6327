/** Issues tokens as whoever starts a node does, and as an attacker would like to. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CredentialRole } from '../../../../src/rpc/contract/credential.ts';

export interface TokenOptions {
  /** Default `role`. */
  readonly claimedRole?: string;
  readonly environment?: string;
  readonly issuedAtMs?: number;
  readonly lifeSeconds?: number;
}

export interface Issuer {
  /** As a file of verify keys holds them. */
  readonly publicKeys: Readonly<Record<CredentialRole, string>>;
  /** Signed with the key of `role`. */
  token(role: CredentialRole, nodeId: string, options?: TokenOptions): Promise<string>;
  header(
    role: CredentialRole,
    nodeId: string,
    options?: TokenOptions,
  ): Promise<{ readonly authorization: string }>;
}

export async function makeIssuer(): Promise<Issuer> {
  const pairs = { worker: await generateKeyPair('EdDSA'), gateway: await generateKeyPair('EdDSA') };
  const publicKey = async (role: CredentialRole) => (await exportJWK(pairs[role].publicKey)).x ?? '';
  const token: Issuer['token'] = (role, nodeId, options = {}) => {
    const issuedAt = Math.floor((options.issuedAtMs ?? Date.now()) / 1000);
    return new SignJWT({ role: options.claimedRole ?? role })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(nodeId)
      .setAudience(`drydock:${options.environment ?? 'dev'}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + (options.lifeSeconds ?? 1800))
      .sign(pairs[role].privateKey);
  };
  return {
    publicKeys: { worker: await publicKey('worker'), gateway: await publicKey('gateway') },
    token,
    header: async (role, nodeId, options) => ({
      authorization: `Bearer ${await token(role, nodeId, options)}`,
    }),
  };
}

/** Puts the keys of all issuers into the run directory of an engine. */
export async function writeVerifyKeys(runDirectory: string, issuers: readonly Issuer[]): Promise<void> {
  const folder = join(runDirectory, 'verify-keys');
  await mkdir(folder, { recursive: true });
  for (const role of ['worker', 'gateway'] as const) {
    await writeFile(join(folder, role), `${issuers.map(({ publicKeys }) => publicKeys[role]).join('\n')}\n`);
  }
}
