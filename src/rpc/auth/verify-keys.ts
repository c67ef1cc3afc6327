/** Public keys that may sign for a role. Several count at once, so that a new one is accepted beside the old. */
import { importJWK } from 'jose/key/import';
import { DrydockError, type RpcErrorCode } from '../errors.ts';

export type VerifyKey = Awaited<ReturnType<typeof importJWK>>;

const keysMax = 4;

/**
 * @param text raw Ed25519 public keys, base64url without padding, between white space.
 * @throws DrydockError RPC_CONFIG_INVALID
 */
export async function parseVerifyKeys(text: string, source: string): Promise<readonly VerifyKey[]> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > keysMax) {
    throw invalid(source, `it holds ${words.length} keys and not 1 to ${keysMax}`);
  }
  return await Promise.all(
    words.map(async (x, index) => {
      if (!/^[A-Za-z0-9_-]{43}$/.test(x))
        throw invalid(source, `key ${index + 1} is not 32 bytes in base64url`);
      try {
        return await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA');
      } catch (cause) {
        throw invalid(source, `key ${index + 1} is no Ed25519 public key`, cause);
      }
    }),
  );
}

function invalid(source: string, reason: string, cause?: unknown): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_CONFIG_INVALID',
    `could not read ${source}: ${reason}; write it as docs/launch-contract.md says`,
    { cause },
  );
}
