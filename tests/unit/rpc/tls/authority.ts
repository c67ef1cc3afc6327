/** A certificate authority of a test, made by openssl: a private CA, and a certificate of 127.0.0.1 from it. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Authority {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** Certificate and key, for the proxy. */
  readonly certificateFile: string;
}

export async function makeAuthority(folder: string): Promise<Authority> {
  const path = (name: string) => join(folder, name);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const ca = ['-subj', '/CN=drydock test authority', '-keyout', path('ca.key'), '-out', path('ca.pem')];
  await run('openssl', ['req', '-x509', ...curve, ...ca]);
  const request = ['-subj', '/CN=engine', '-keyout', path('engine.key'), '-out', path('engine.csr')];
  await run('openssl', ['req', '-new', ...curve.slice(0, -2), ...request]);
  await writeFile(path('names'), 'subjectAltName=IP:127.0.0.1\n');
  const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'];
  const files = ['-in', path('engine.csr'), '-out', path('engine.crt'), '-extfile', path('names')];
  await run('openssl', ['x509', '-req', ...signing, ...files]);
  const parts = await Promise.all(['engine.crt', 'engine.key'].map((name) => readFile(path(name), 'utf8')));
  await writeFile(path('engine.pem'), parts.join(''), { mode: 0o600 });
  return { caFile: path('ca.pem'), certificateFile: path('engine.pem') };
}
