/** A certificate and its key for the TLS listeners of one run. It is self-signed: what ACM would give, nobody here can sign. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DrydockError } from '../../errors.ts';

const budgetMs = 10_000;
const request = [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
  ...['-subj', '/CN=simulated load balancer', '-keyout', '-', '-out', '-'],
];

/** Both as PEM. @throws DrydockError SIM_NODE_FAILED */
export async function makeCertificate(openssl: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(openssl, request, { timeout: budgetMs });
    return stdout;
  } catch (error) {
    throw new DrydockError(
      'SIM_NODE_FAILED',
      'could not make a certificate for the load balancers: openssl failed; try openssl req -x509 by hand',
      { cause: error },
    );
  }
}
