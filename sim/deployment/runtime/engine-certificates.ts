/**
 * Stands in for the authority whose certificates engines show: made for this run, its key in a folder that no program sees, removed with
 * it. A certificate names one engine's address and nothing else, and stays the same as long as the address does.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DrydockError } from '../../errors.ts';
import type { EngineCertificates } from '../../nodes/index.ts';

export interface IssuedCertificates extends EngineCertificates {
  /** Makes what is missing. @throws DrydockError SIM_NODE_FAILED, SIM_TOOL_MISSING */
  issueFor(engines: readonly { readonly address: string }[]): Promise<void>;
}

const budgetMs = 10_000;
const fresh = [
  'req',
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
  '-nodes',
  '-days',
  '30',
];

/** @param directory is made when it is needed. @param findOpenssl asked then. */
export function openEngineCertificates(directory: string, findOpenssl: () => string): IssuedCertificates {
  const [certificate, key] = [join(directory, 'authority.pem'), join(directory, 'authority.key')];
  const byAddress = new Map<string, string>();
  let authority: string | undefined;
  const makeAuthority = async (openssl: string) => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const subject = ['-subj', '/CN=simulated authority of engines', '-keyout', key, '-out', certificate];
    await run(openssl, [...fresh, ...subject]);
    return readFile(certificate, 'utf8');
  };
  const sign = (openssl: string, address: string) => {
    const names = [
      '-addext',
      `subjectAltName=IP:${address}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ];
    const signer = [
      '-CA',
      certificate,
      '-CAkey',
      key,
      '-subj',
      `/CN=${address}`,
      '-keyout',
      '-',
      '-out',
      '-',
    ];
    return run(openssl, [...fresh, ...names, ...signer]);
  };
  return {
    async issueFor(engines) {
      for (const { address } of engines) {
        if (byAddress.has(address)) continue;
        const openssl = findOpenssl();
        authority ??= await makeAuthority(openssl);
        byAddress.set(address, await sign(openssl, address));
      }
    },
    authority: () => authority ?? '',
    of: (address) => byAddress.get(address) ?? '',
  };
}

async function run(openssl: string, words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(openssl, words, { timeout: budgetMs });
    return stdout;
  } catch (error) {
    throw new DrydockError(
      'SIM_NODE_FAILED',
      'could not make a certificate for an engine: openssl failed; it must be of version 3: try openssl version',
      { cause: error },
    );
  }
}
