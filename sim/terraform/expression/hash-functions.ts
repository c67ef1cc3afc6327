/** Terraform's hash functions, and the identifiers made of them. */

import { createHash } from 'node:crypto';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  onText,
  TEXT,
  textArgument,
} from './terraform-function.ts';

export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

export const HASH_FUNCTIONS: FunctionTable = {
  md5: onText((text) => hash('md5', text, 'hex')),
  sha1: onText((text) => hash('sha1', text, 'hex')),
  sha256: onText((text) => hash('sha256', text, 'hex')),
  sha512: onText((text) => hash('sha512', text, 'hex')),
  base64sha256: onText((text) => hash('sha256', text, 'base64')),
  base64sha512: onText((text) => hash('sha512', text, 'base64')),
  uuidv5: define([TEXT, TEXT], (values) => nameBasedUuid(textArgument(values, 0), textArgument(values, 1))),
};

export function hash(
  algorithm: HashAlgorithm,
  bytes: string | Uint8Array,
  encoding: 'hex' | 'base64',
): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

/** RFC 9562 §6.6. */
const NAMESPACES: Readonly<Record<string, string>> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
};

/** RFC 9562 §5.5. */
function nameBasedUuid(namespace: string, name: string): string {
  const text = Object.hasOwn(NAMESPACES, namespace) ? (NAMESPACES[namespace] ?? '') : namespace;
  if (!/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(text)) {
    throw new ArgumentProblem('argument 1 is no namespace');
  }
  const bytes = createHash('sha1')
    .update(Buffer.from(text.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
