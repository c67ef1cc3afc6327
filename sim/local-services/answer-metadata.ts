/**
 * The instance metadata service as a machine sees it: tokens by PUT (IMDSv2), values and listings by GET. Who asks is told by its
 * address alone, which the fabric's source check vouches for. Hop limits are not simulated.
 */
import { randomBytes } from 'node:crypto';
import type { MachineMetadata } from './local-services.ts';

export interface MetadataRequest {
  readonly method: string;
  readonly path: string;
  readonly from: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface MetadataResponse {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MetadataService {
  answer(request: MetadataRequest): MetadataResponse;
}

export interface MetadataOptions {
  readonly machines: Readonly<Record<string, MachineMetadata>>;
  readonly nowMs: () => number;
}

interface Token {
  readonly owner: string;
  readonly expiresMs: number;
}

const secondsHeader = 'x-aws-ec2-metadata-token-ttl-seconds';
const tokenHeader = 'x-aws-ec2-metadata-token';
const secondsMax = 21_600;
/** Of all machines together; the oldest is forgotten first. */
const tokensMax = 10_000;

export function openMetadataService({ machines, nowMs }: MetadataOptions): MetadataService {
  const tokens = new Map<string, Token>();
  const issue = (owner: string, seconds: number): MetadataResponse => {
    const [oldest] = tokens.keys();
    if (tokens.size >= tokensMax && oldest !== undefined) tokens.delete(oldest);
    const token = randomBytes(40).toString('base64');
    tokens.set(token, { owner, expiresMs: nowMs() + seconds * 1_000 });
    return { status: 200, body: token, headers: { [secondsHeader]: String(seconds) } };
  };
  const isValid = (text: string, owner: string) => {
    const token = tokens.get(text);
    return token !== undefined && token.owner === owner && nowMs() < token.expiresMs;
  };
  return {
    answer({ method, path, from, headers }) {
      const machine = Object.hasOwn(machines, from) ? machines[from] : undefined;
      if (machine === undefined) return failure(404);
      if (!machine.isEnabled) return failure(403);
      if (path === '/latest/api/token') {
        if (method !== 'PUT') return failure(405);
        // Such a request came through a proxy, which may be open to others.
        if (headers['x-forwarded-for'] !== undefined) return failure(403);
        const seconds = Number(headers[secondsHeader] ?? Number.NaN);
        const isAllowed = Number.isInteger(seconds) && seconds >= 1 && seconds <= secondsMax;
        return isAllowed ? issue(from, seconds) : failure(400);
      }
      if (method !== 'GET' && method !== 'HEAD') return failure(405);
      const token = headers[tokenHeader];
      const isAdmitted = token === undefined ? !machine.requiresToken : isValid(String(token), from);
      return isAdmitted ? read(path, machine) : failure(401);
    },
  };
}

function read(path: string, machine: MachineMetadata): MetadataResponse {
  const [, version = '', below = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
  if (version === '') return found('latest');
  if (version !== 'latest' && !/^\d{4}-\d\d-\d\d$/.test(version)) return failure(404);
  if (below === '') return found(machine.userData === undefined ? 'meta-data' : 'meta-data\nuser-data');
  if (below === 'user-data') return machine.userData === undefined ? failure(404) : found(machine.userData);
  if (below !== 'meta-data' && !below.startsWith('meta-data/')) return failure(404);
  return readValue(below.replace(/^meta-data\/?/, ''), machine);
}

/** A value, or what is in a folder; folders in it end with a slash. */
function readValue(asked: string, { values }: MachineMetadata): MetadataResponse {
  const path = asked.replace(/\/$/, '');
  const value = Object.hasOwn(values, path) ? values[path] : undefined;
  if (value !== undefined) return found(value);
  const prefix = path === '' ? '' : `${path}/`;
  const names = Object.keys(values)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length).replace(/\/.*$/, '/'));
  return names.length === 0 ? failure(404) : found([...new Set(names)].sort().join('\n'));
}

function found(body: string): MetadataResponse {
  return { status: 200, body };
}

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
};

function failure(status: number): MetadataResponse {
  return { status, body: words[status] ?? '' };
}
