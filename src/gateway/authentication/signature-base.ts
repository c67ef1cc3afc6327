/**
 * The text that a signature covers (RFC 9421 §2.5), made of the message as the router sees it. It knows fields and the derived
 * components that a gateway can be sure of; whatever else is asked for, or is not there, makes no text at all. Pure.
 */

import { type InnerList, type Item, serializeInnerList, serializeItem } from 'structured-headers';

/** The parts of a message that signatures cover. A response has a status and no method. */
export interface SignedMessage {
  readonly method?: string;
  readonly status?: number;
  /** In lower case, without the port that goes without saying. */
  readonly authority?: string;
  readonly path?: string;
  /** With its question mark; `?` alone where there is none. */
  readonly query?: string;
  /** Values of one name joined by a comma and a blank. */
  field(name: string): string | undefined;
}

export function signedRequest(request: Request): SignedMessage {
  const url = new URL(request.url);
  return {
    method: request.method,
    // Which of the two goes without saying depends on what is in front of the gateway; neither is another service.
    authority: url.host.replace(/:(80|443)$/, ''),
    path: url.pathname,
    query: url.search === '' ? '?' : url.search,
    field: (name) => request.headers.get(name) ?? undefined,
  };
}

/** @returns `undefined` where a component is unknown, missing, ambiguous, or stands twice. */
export function signatureBase(message: SignedMessage, covered: InnerList): string | undefined {
  const lines = new Map<string, string>();
  for (const item of covered[0]) {
    const value = componentValue(message, item);
    const identifier = serializeItem(item);
    if (value === undefined || lines.has(identifier)) return undefined;
    lines.set(identifier, value);
  }
  const text = [...lines].map(([identifier, value]) => `${identifier}: ${value}\n`).join('');
  return `${text}"@signature-params": ${serializeInnerList(covered)}`;
}

function componentValue(message: SignedMessage, [name, parameters]: Item): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (name === '@query-param') return queryParameter(message, parameters);
  // `sf`, `key`, `bs`, `tr` and `req` would read a field in another way than the gateway does.
  if (parameters.size > 0) return undefined;
  return name.startsWith('@') ? derived(message, name) : fieldValue(message, name);
}

function derived(message: SignedMessage, name: string): string | undefined {
  switch (name) {
    case '@method':
      return message.method;
    case '@authority':
      return message.authority;
    case '@path':
      return message.path;
    case '@query':
      return message.query;
    case '@status':
      return message.status === undefined ? undefined : String(message.status);
    default:
      return undefined;
  }
}

/** RFC 9421 §2.1. Names are in lower case, so that one field cannot stand under two names. */
function fieldValue(message: SignedMessage, name: string): string | undefined {
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return undefined;
  const value = message
    .field(name)
    ?.trim()
    .replace(/[ \t]*\r?\n[ \t]+/g, ' ');
  return value === undefined || /[\r\n]/.test(value) ? undefined : value;
}

/** RFC 9421 §2.2.8. A name that stands twice in the query is refused: readers differ in which of the two they take. */
function queryParameter({ query }: SignedMessage, parameters: Item[1]): string | undefined {
  const name = parameters.get('name');
  if (query === undefined || typeof name !== 'string' || parameters.size !== 1) return undefined;
  const values = [...new URLSearchParams(query)]
    .filter(([found]) => encodeURIComponent(found) === name)
    .map(([, value]) => encodeURIComponent(value));
  return values.length === 1 ? values[0] : undefined;
}
