/** `./drydock audit verify`: says of every chain what was found, and sets exit code 1 where anything was. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DrydockError } from '../../../rpc/errors.ts';
import type { VerifyOptions } from '../../cli.ts';
import type { GatewayErrorCode } from '../../errors.ts';
import { keyIdOf } from '../checkpoint.ts';
import type { ChainReport } from '../verify-chain.ts';
import { verifyDirectory } from './verify-directory.ts';

const findingsShown = 20;

/** @throws DrydockError GATEWAY_AUDIT_UNREADABLE */
export async function verifyCommand(directory: string, { key, json }: VerifyOptions): Promise<void> {
  const publicKey = key === undefined ? undefined : await readPublicKey(key);
  const reports = await readable(`the audit log in ${directory}`, () =>
    verifyDirectory(directory, publicKey),
  );
  if (reports.length === 0) throw unreadable(`the audit log in ${directory}`, 'there is no segment in it');
  for (const report of reports) {
    const text = json ? JSON.stringify(report) : describe(report, publicKey);
    process.stdout.write(`${text}\n`);
  }
  if (reports.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

function describe(
  { chain, records, findings, signedThrough, lastSeq }: ChainReport,
  key: KeyObject | undefined,
) {
  const shown = findings.slice(0, findingsShown).map(({ seq, what }) => `  ✗ record ${seq} ${what}`);
  const more = findings.length - shown.length;
  return [
    `${findings.length === 0 ? '✔' : '✗'} ${chain}: ${records} records, ${findings.length} findings`,
    ...shown,
    ...(more > 0 ? [`  … and ${more} more`] : []),
    `  ${signatureText({ signedThrough, lastSeq, key })}`,
  ].join('\n');
}

interface SignatureFacts extends Pick<ChainReport, 'signedThrough' | 'lastSeq'> {
  readonly key: KeyObject | undefined;
}

function signatureText({ signedThrough, lastSeq = -1, key }: SignatureFacts): string {
  if (key === undefined) return 'signatures were not judged: give a public key with --key';
  if (signedThrough === undefined) return `nothing is signed by key ${keyIdOf(key)} up to the first finding`;
  const after = lastSeq - signedThrough;
  const rest = after > 0 ? `; ${after} after it are not signed, and more may have been cut off there` : '';
  return `signed by key ${keyIdOf(key)} through record ${signedThrough}${rest}`;
}

async function readPublicKey(path: string): Promise<KeyObject> {
  const key = await readable(`the key in ${path}`, async () => createPublicKey(await readFile(path, 'utf8')));
  if (key.asymmetricKeyType !== 'ed25519') throw unreadable(`the key in ${path}`, 'it is not an Ed25519 key');
  return key;
}

async function readable<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    // A parser's message may quote a key.
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is not in form';
    throw unreadable(what, reason, cause);
  }
}

function unreadable(what: string, reason: string, cause?: unknown): DrydockError<GatewayErrorCode> {
  return new DrydockError('GATEWAY_AUDIT_UNREADABLE', `could not read ${what}: ${reason}; check the path`, {
    cause,
  });
}
