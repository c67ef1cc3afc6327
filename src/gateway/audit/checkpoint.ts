/**
 * Signed checkpoints (Ed25519): each says how far a chain had come. Whoever has the public key knows that nothing before one was changed by
 * anybody without the private key. Pure.
 */

import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { ChainHead, ChainLine, ChainRecord } from './chain.ts';
import { canonicalJson } from './chain.ts';

export interface CheckpointSigner {
  /** @param head before the checkpoint itself. */
  checkpoint(head: ChainHead, unixMs: number): ChainRecord;
}

/** @param privateKey Ed25519. `undefined`: checkpoints are written without a signature. */
export function createCheckpointSigner(privateKey: KeyObject | undefined): CheckpointSigner {
  const keyId = privateKey === undefined ? undefined : keyIdOf(createPublicKey(privateKey));
  return {
    checkpoint(head, unixMs) {
      const record = { kind: 'checkpoint', unixMs };
      if (privateKey === undefined || keyId === undefined) return record;
      const signature = sign(null, signedText(head, unixMs), privateKey).toString('base64url');
      return { ...record, keyId, signature };
    },
  };
}

export type SignatureVerdict = 'valid' | 'not signed' | 'signed by another key' | 'signature is wrong';

export function judgeCheckpoint(
  { chain, seq, previous, record }: ChainLine,
  publicKey: KeyObject,
): SignatureVerdict {
  const { unixMs, keyId, signature } = record;
  if (typeof signature !== 'string' || typeof unixMs !== 'number') return 'not signed';
  if (keyId !== keyIdOf(publicKey)) return 'signed by another key';
  const text = signedText({ chain, seq, hash: previous }, unixMs);
  return verify(null, text, publicKey, Buffer.from(signature, 'base64url')) ? 'valid' : 'signature is wrong';
}

/** Tells keys apart: the beginning of the SHA-256 of the public key. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

function signedText({ chain, seq, hash }: ChainHead, unixMs: number): Buffer {
  return Buffer.from(canonicalJson({ purpose: 'drydock audit checkpoint', chain, seq, hash, unixMs }));
}
