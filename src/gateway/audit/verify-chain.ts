/**
 * Holds the lines of one chain against each other and against its signatures, and names every record that does not fit. After a finding it goes on
 * with what the line says of itself, so that one fault is not told for all that follow. Pure.
 */

import type { KeyObject } from 'node:crypto';
import { type ChainLine, hasRightHash, noHash, parseLine } from './chain.ts';
import { judgeCheckpoint } from './checkpoint.ts';

export interface Finding {
  /** Number of the record; of one that cannot be read, the number that it should have. */
  readonly seq: number;
  readonly what: string;
}

export interface ChainReport {
  readonly chain: string;
  readonly records: number;
  readonly findings: readonly Finding[];
  /** Records up to this number are covered by a valid signature. `undefined`: none is, or there is no key to judge by. */
  readonly signedThrough: number | undefined;
  readonly lastSeq: number | undefined;
}

export interface ChainVerifier {
  /** Takes the next line, without its line break. */
  take(text: string): void;
  /** Takes what stands after the last line break, if anything. */
  takeRest(text: string): void;
  report(): ChainReport;
}

const findingsMax = 1000;

/** @param publicKey absent: signatures are not judged. */
export function createChainVerifier(chain: string, publicKey?: KeyObject): ChainVerifier {
  const findings: Finding[] = [];
  let records = 0;
  let expected = { seq: 0, hash: noHash };
  let lastSeq: number | undefined;
  let signedThrough: number | undefined;
  let checkpoints = 0;

  function find(seq: number, what: string): void {
    if (findings.length < findingsMax) findings.push({ seq, what });
  }

  function take(text: string): void {
    records += 1;
    const line = parseLine(text);
    if (line === undefined) {
      find(expected.seq, 'cannot be read: it is not a line that a gateway writes');
      // What follows says by its own number whether this was one line or several.
      expected = { seq: expected.seq + 1, hash: 'unknown' };
      return;
    }
    judgePlace(line);
    if (!hasRightHash(line)) find(line.seq, 'was changed: its content does not have its hash');
    if (line.record.kind === 'checkpoint') judgeSignature(line);
    expected = { seq: line.seq + 1, hash: line.hash };
    lastSeq = Math.max(lastSeq ?? 0, line.seq);
  }

  function judgePlace(line: ChainLine): void {
    if (line.chain !== chain) find(line.seq, `belongs to another chain, ${line.chain}`);
    if (line.seq > expected.seq) {
      const missing = line.seq - expected.seq;
      find(expected.seq, missing === 1 ? 'is missing' : `and ${missing - 1} after it are missing`);
    } else if (line.seq < expected.seq) {
      find(line.seq, `stands where record ${expected.seq} belongs: it was moved or repeated`);
    } else if (expected.hash !== 'unknown' && line.previous !== expected.hash) {
      find(line.seq, 'does not build on the record before it: that one or this one was replaced');
    }
  }

  function judgeSignature(line: ChainLine): void {
    checkpoints += 1;
    if (publicKey === undefined) return;
    const verdict = judgeCheckpoint(line, publicKey);
    if (verdict !== 'valid') find(line.seq, `is a checkpoint that is not to be trusted: ${verdict}`);
    else if (findings.length === 0) signedThrough = line.seq;
  }

  return {
    take,
    takeRest(text) {
      if (text !== '') find(expected.seq, `is torn: ${Buffer.byteLength(text)} bytes without an end`);
    },
    report() {
      const unsigned =
        publicKey !== undefined && checkpoints === 0 && records > 0
          ? [{ seq: 0, what: 'and all after it are covered by no checkpoint' }]
          : [];
      return { chain, records, findings: [...findings, ...unsigned], signedThrough, lastSeq };
    },
  };
}
