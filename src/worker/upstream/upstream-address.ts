/**
 * Where a server on this host listens: a port of the loopback interface or a socket file, and nothing else. `localhost` is
 * taken for what RFC 6761 §6.3 says it is, without asking a resolver.
 */

import { isIPv4 } from 'node:net';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

export type UpstreamAddress =
  | { readonly kind: 'port'; readonly hosts: readonly string[]; readonly port: number; readonly base: string }
  | { readonly kind: 'socket'; readonly path: string };

/**
 * @param baseUrl `http://127.0.0.1:8000`, `http://[::1]:8000/prefix`, `http://localhost:8000` or `unix:/run/engine.sock`;
 *   a path stands before every path that is asked for. A `/v1` at its end is taken off, for it is added again.
 * @throws DrydockError WORKER_CONFIG_INVALID
 */
export function parseUpstreamAddress(baseUrl: string): UpstreamAddress {
  if (baseUrl.startsWith('unix:')) return parseSocket(baseUrl.slice('unix:'.length));
  if (!URL.canParse(baseUrl)) throw invalid('it is no URL');
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:')
    throw invalid('it is not plain HTTP, which is all that a server on this host needs');
  if (url.username !== '' || url.password !== '') throw invalid('it holds a password; name an apiKeyFile');
  if (url.search !== '' || url.hash !== '') throw invalid('it has a query or a fragment');
  const hosts = loopbackHosts(url.hostname);
  if (hosts === undefined) throw invalid('it is not on this host, and a worker reaches no other server');
  const base = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
  return { kind: 'port', hosts, port: url.port === '' ? 80 : Number(url.port), base };
}

function parseSocket(path: string): UpstreamAddress {
  // Linux holds 108 bytes of a socket's path, its end among them.
  if (!path.startsWith('/') || Buffer.byteLength(path) > 107) throw invalid('it is not the path of a socket');
  return { kind: 'socket', path };
}

function loopbackHosts(hostname: string): readonly string[] | undefined {
  if (hostname === 'localhost') return ['127.0.0.1', '::1'];
  if (hostname === '[::1]') return ['::1'];
  // The URL parser has made four decimal parts of every other way to write it, 2130706433 and 127.1 too.
  return isIPv4(hostname) && hostname.startsWith('127.') ? [hostname] : undefined;
}

function invalid(reason: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    `could not take the baseUrl of the model: ${reason}; write http://127.0.0.1:<port>, http://[::1]:<port> or unix:<path>`,
  );
}
