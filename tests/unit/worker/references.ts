/** The reference logits of `tests/fixtures/tiny-gemma3`: float32, made by an independent implementation. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Runner } from '../../../src/worker/runner.ts';

export const vocabSize = 512;
const folder = new URL('../../fixtures/tiny-gemma3/', import.meta.url);

export const fixtureFile = (name: string): string => fileURLToPath(new URL(name, folder));

interface ReferenceSequence {
  readonly name: string;
  readonly ids: readonly number[];
  readonly offset: number;
  readonly argmax: readonly number[];
}
interface ReferenceVariant {
  readonly name: string;
  readonly sequence: string;
  /** Positions whose logits are given; `argmax` has all. */
  readonly rowIndex: readonly number[];
  readonly offset: number;
  readonly argmax: readonly number[];
}
interface ReferenceGreedy {
  readonly name: string;
  readonly model: string;
  readonly promptIds: readonly number[];
  readonly generatedIds: readonly number[];
}

export const references: {
  readonly sequences: readonly ReferenceSequence[];
  readonly variants: readonly ReferenceVariant[];
  readonly greedy: readonly ReferenceGreedy[];
} = JSON.parse(readFileSync(fixtureFile('logits.json'), 'utf8'));

const bytes = readFileSync(fixtureFile('logits.f32'));
const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** One row of logits, counted from an offset of `references`. */
export function referenceRow(offset: number, row: number): Float32Array {
  return floats.subarray(offset + row * vocabSize, offset + (row + 1) * vocabSize);
}

export function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((item) => item.name === name);
  if (found === undefined) throw new Error(`the fixture has no ${name}`);
  return found;
}

export function argmax(row: Float32Array): number {
  return row.reduce((best, value, index) => (value > (row[best] ?? value) ? index : best), 0);
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  // Written so that a NaN on either side is a difference.
  return a.reduce((most, value, i) => {
    const difference = Math.abs(value - (b[i] ?? Number.NaN));
    return difference <= most ? most : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }, 0);
}

/** Logits of every position, fed `step` tokens at a time. */
export async function allRows(
  runner: Runner,
  ids: readonly number[],
  step = ids.length,
): Promise<readonly Float32Array[]> {
  await using sequence = runner.openSequence();
  const rows: Float32Array[] = [];
  for (let at = 0; at < ids.length; at += step) {
    const part = ids.slice(at, at + step);
    const logits = await sequence.feed(part, { logits: 'all' });
    for (let i = 0; i < part.length; i++) {
      rows.push(logits.subarray(i * runner.vocabSize, (i + 1) * runner.vocabSize));
    }
  }
  return rows;
}
