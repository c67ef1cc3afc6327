/** Reads every segment of a directory, in the order of its chains, and verifies each chain. Memory does not grow with a chain. */

import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSegmentName, segmentName } from '../segment-name.ts';
import { type ChainReport, type ChainVerifier, createChainVerifier } from '../verify-chain.ts';

/** A line longer than this is none of ours. */
const lineBytesMax = 16 * 1024 * 1024;

/** @throws what reading the directory fails with. */
export async function verifyDirectory(
  directory: string,
  publicKey?: KeyObject,
): Promise<readonly ChainReport[]> {
  const segments = (await readdir(directory)).flatMap((name) => parseSegmentName(name) ?? []);
  const chains = [...new Set(segments.map(({ chain }) => chain))].sort();
  const reports: ChainReport[] = [];
  for (const chain of chains) {
    const verifier = createChainVerifier(chain, publicKey);
    const own = segments.filter((segment) => segment.chain === chain);
    for (const segment of own.toSorted((one, other) => one.firstSeq - other.firstSeq)) {
      await readInto(verifier, join(directory, segmentName(segment)));
    }
    reports.push(verifier.report());
  }
  return reports;
}

async function readInto(verifier: ChainVerifier, path: string): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      verifier.take(textOf(rest.subarray(start, end)));
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.byteLength > lineBytesMax) break;
  }
  verifier.takeRest(textOf(rest));
}

/** Bytes one to one: what is not UTF-8 must not become something that is. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\u{fffd}';
  }
}
