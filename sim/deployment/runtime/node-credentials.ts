/**
 * Stands in for whoever issues credentials on AWS: a signing key for each role, made for this run and kept in memory, and for each
 * node a token by docs/launch-contract.md, which is replaced long before it expires. A node finds its own token and no other,
 * an engine the public keys.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose/jwt/sign';
import { exportJWK } from 'jose/key/export';
import { generateKeyPair } from 'jose/key/generate/keypair';
import type { LaunchedNode } from '../../nodes/index.ts';

export interface NodeCredentials extends AsyncDisposable {
  /** Writes what stands behind the nodes' references, before they start. */
  issueFor(nodes: readonly LaunchedNode[]): Promise<void>;
}

const roles = ['gateway', 'worker'] as const;
const lifeSeconds = 1_800;
const renewMs = 600_000;

/** @param directory is made, and removed at the end. */
export async function openNodeCredentials(directory: string): Promise<NodeCredentials> {
  const pairs = await Promise.all(roles.map(async (role) => [role, await generateKeyPair('EdDSA')] as const));
  const keys = new Map<string, CryptoKey>(pairs.map(([role, { privateKey }]) => [role, privateKey]));
  for (const [role, { publicKey }] of pairs) {
    const { x = '' } = await exportJWK(publicKey);
    await put(join(directory, 'verify-keys'), role, `${x}\n`);
  }
  let known: readonly LaunchedNode[] = [];
  const issue = async () => {
    for (const { id, program, environment } of known) {
      const key = keys.get(program);
      if (key === undefined) continue;
      const token = await new SignJWT({ role: program })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(id)
        .setAudience(`drydock:${environment.DRYDOCK_ENVIRONMENT ?? ''}`)
        .setIssuedAt()
        .setExpirationTime(`${lifeSeconds}s`)
        .sign(key);
      await put(join(directory, 'nodes', id), 'token', `${token}\n`);
    }
  };
  const timer = setInterval(() => void issue().catch(() => undefined), renewMs).unref();
  return {
    async issueFor(nodes) {
      known = nodes;
      await issue();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A reader sees the old or the new one, never a part. */
async function put(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, `${name}.new`), text, { mode: 0o600 });
  await rename(join(folder, `${name}.new`), join(folder, name));
}
