/** The reference logits of `tests/fixtures/tiny-gemma3`: float32, made by an independent implementation. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Runner, Sequence } from '../../../src/worker/runner.ts';

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
  let best = 0;
  for (let id = 1; id < row.length; id++) if ((row[id] ?? 0) > (row[best] ?? 0)) best = id;
  return best;
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  // Written so that a NaN on either side is a difference.
  return a.reduce((most, value, i) => {
    const difference = Math.abs(value - (b[i] ?? Number.NaN));
    return difference <= most ? most : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }, 0);
}

/** Where two lists of rows differ, if only in a bit; undefined where they do not. */
export function differingBits(
  ones: readonly Float32Array[],
  others: readonly Float32Array[],
): string | undefined {
  if (ones.length !== others.length) return `${ones.length} rows and ${others.length}`;
  for (const [index, one] of ones.entries()) {
    const other = others[index] ?? new Float32Array(0);
    if (Buffer.compare(bytesOf(one), bytesOf(other)) === 0) continue;
    return `row ${index} of ${ones.length} differs by ${largestDifference(one, other)}`;
  }
  return undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Cuts `count` positions from `from` on into parts, none of which crosses a chunk border. */
function partsOf(
  { from, count, step }: { readonly from: number; readonly count: number; readonly step: number },
  chunkTokens: number,
): { readonly from: number; readonly to: number }[] {
  const parts: { from: number; to: number }[] = [];
  for (let at = from; at < from + count; at = parts.at(-1)?.to ?? at) {
    const left = chunkTokens - (at % chunkTokens);
    parts.push({ from: at, to: Math.min(at + Math.min(step, left), from + count) });
  }
  return parts;
}

/** Copies of the rows of a result, which the runner's next call would overwrite. */
export function rowsOf(logits: Float32Array, entries = vocabSize): Float32Array[] {
  return Array.from({ length: logits.length / entries }, (_, row) =>
    logits.slice(row * entries, (row + 1) * entries),
  );
}

interface Way {
  /** Positions of a prompt that run at once. Default: whole chunks. */
  readonly step?: number;
  /** From this position on token by token, as an answer's are. Default: none. */
  readonly decodeFrom?: number;
}

/** Logits of every position of a sequence that runs alone. */
export async function allRows(
  runner: Runner,
  ids: readonly number[],
  { step = runner.chunkTokens, decodeFrom = ids.length }: Way = {},
): Promise<readonly Float32Array[]> {
  using sequence = runner.openSequence();
  const rows: Float32Array[] = [];
  const count = Math.min(decodeFrom, ids.length);
  for (const { from, to } of partsOf({ from: 0, count, step }, runner.chunkTokens)) {
    rows.push(...rowsOf(await runner.prefill(sequence, ids.slice(from, to), { logits: 'all' })));
  }
  for (const id of ids.slice(count)) rows.push(...rowsOf(await runner.decode([{ sequence, id }])));
  return rows;
}

/** Appends a part of a prompt, whatever chunk borders it crosses. */
export async function append(
  { runner, sequence }: { readonly runner: Runner; readonly sequence: Sequence },
  ids: readonly number[],
): Promise<void> {
  const from = sequence.length;
  const parts = partsOf({ from, count: ids.length, step: runner.chunkTokens }, runner.chunkTokens);
  for (const part of parts) {
    await runner.prefill(sequence, ids.slice(part.from - from, part.to - from), { logits: 'none' });
  }
}
