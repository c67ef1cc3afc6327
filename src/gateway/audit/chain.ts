/**
 * The chain of audit records: each line is canonical JSON that holds its number, the hash of the line before it, and its own, so that no line can be
 * changed, left out or moved without breaking it. Pure. It cannot show that the end was cut off: checkpoints bound that.
 */

import { hash as digestOf } from 'node:crypto';
import { z } from 'zod';

/** What is recorded, of any kind. Its fields are JSON. */
export type ChainRecord = Readonly<Record<string, unknown>> & { readonly kind: string };

/** Where a chain stands: its next record has number `seq` and builds on `hash`. */
export interface ChainHead {
  readonly chain: string;
  readonly seq: number;
  /** SHA-256 of the last line, in hexadecimal; zeros before the first. */
  readonly hash: string;
}

export interface ChainLine {
  readonly chain: string;
  readonly seq: number;
  readonly previous: string;
  readonly record: ChainRecord;
  readonly hash: string;
}

export const noHash = '0'.repeat(64);

const lineSchema = z.strictObject({
  chain: z.string().regex(/^[A-Za-z0-9._-]{1,160}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  previous: z.string().regex(/^[0-9a-f]{64}$/),
  record: z.looseObject({ kind: z.string() }),
  seq: z.int().min(0),
});

/** @returns the text without a line break, and where the chain stands after it. */
export function link(
  head: ChainHead,
  record: ChainRecord,
): { readonly text: string; readonly head: ChainHead } {
  const { chain, seq, hash: previous } = head;
  const recordJson = canonicalJson(record);
  const hash = sha256(lineText({ chain, seq, previous }, recordJson));
  return { text: lineText({ chain, seq, previous, hash }, recordJson), head: { chain, seq: seq + 1, hash } };
}

/** @returns `undefined` for what is no line of a chain, to the byte. Whether its hash is right is another question. */
export function parseLine(text: string): ChainLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    // Space, order, a name given twice, another spelling of a number: what is not canonical was not written by us.
    return parsed.success && canonicalJson(parsed.data) === text ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function hasRightHash({ hash, ...rest }: ChainLine): boolean {
  return sha256(lineText(rest, canonicalJson(rest.record))) === hash;
}

function sha256(text: string): string {
  return digestOf('sha256', text);
}

/** Canonical JSON of a line, without its hash where it is not known yet. */
function lineText(
  { chain, hash, previous, seq }: Omit<ChainLine, 'hash' | 'record'> & { readonly hash?: string },
  recordJson: string,
): string {
  const hashField = hash === undefined ? '' : `"hash":"${hash}",`;
  return `{"chain":${JSON.stringify(chain)},${hashField}"previous":"${previous}","record":${recordJson},"seq":${seq}}`;
}

/** Keys in order, nothing between. Fields that are `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((inner) => canonicalJson(inner)).join(',')}]`;
  if (isCanonicalFlat(value)) return JSON.stringify(value);
  let fields = '';
  for (const [name, inner] of Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (inner !== undefined)
      fields += `${fields === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(inner)}`;
  }
  return `{${fields}}`;
}

/** Its names are in order and nothing in it has names of its own, so that it is written as it stands: a fifth of the work, and so is every record of a request. */
function isCanonicalFlat(value: object): boolean {
  let previous = '';
  let isFlat = true;
  for (const [name, inner] of Object.entries(value)) {
    isFlat &&=
      previous < name && (inner === null || typeof inner !== 'object') && typeof inner !== 'function';
    previous = name;
  }
  return isFlat && previous !== '';
}
