/**
 * The verify keys of each role, from files that may change while the program runs. A change that cannot be read is told once,
 * and the keys before it stay in force: an operator's mistake locks nobody out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialRole, credentialRoles } from '../contract/credential.ts';
import { describeError } from '../contract/describe-error.ts';
import { DrydockError } from '../errors.ts';
import type { RpcLogger } from '../inference.ts';
import { parseVerifyKeys, type VerifyKey } from './verify-keys.ts';

export interface VerifyKeyFiles {
  /** At most a second old. */
  keysOf(role: CredentialRole): Promise<readonly VerifyKey[]>;
}

export interface VerifyKeyFilesOptions {
  readonly directory: string;
  readonly logger: RpcLogger;
  readonly now: () => number;
}

interface KnownKeys {
  text: string;
  keys: readonly VerifyKey[];
  readAtMs: number;
}

const rereadMs = 1000;

/** @throws DrydockError RPC_CONFIG_INVALID */
export async function openVerifyKeyFiles(options: VerifyKeyFilesOptions): Promise<VerifyKeyFiles> {
  const { directory, logger, now } = options;
  const known = new Map<CredentialRole, KnownKeys>();
  for (const role of credentialRoles) {
    const path = join(directory, role);
    const text = await readKeys(path);
    known.set(role, { text, keys: await parseVerifyKeys(text, path), readAtMs: now() });
  }
  const renew = async (role: CredentialRole, held: KnownKeys) => {
    held.readAtMs = now();
    const path = join(directory, role);
    try {
      const text = await readKeys(path);
      if (text === held.text) return;
      held.text = text;
      held.keys = await parseVerifyKeys(text, path);
      logger.info({ event: 'verify-keys-changed', role, keys: held.keys.length }, 'verify keys have changed');
    } catch (error) {
      const alarm = { event: 'alarm', alarm: 'verify-keys-unreadable', role };
      logger.warn({ ...alarm, ...describeError(error) }, 'verify keys cannot be read; the old ones count');
    }
  };
  return {
    async keysOf(role) {
      const held = known.get(role);
      if (held === undefined) return [];
      if (now() - held.readAtMs >= rereadMs) await renew(role, held);
      return held.keys;
    },
  };
}

async function readKeys(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      `could not read ${path}: the file is not there or not readable; put the public keys of the role into it`,
      { cause },
    );
  }
}
