/** Repacked weights stand for the values that the file holds. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dequantize } from '../../../../src/worker/gguf/dequantize.ts';
import { type GgmlType, ggmlTypes } from '../../../../src/worker/gguf/ggml-types.ts';
import { packBlocks, packedBlockOf } from '../../../../src/worker/graph/pack-blocks.ts';
import { fixtureFile } from '../references.ts';

const { cases }: { cases: { type: string; ggmlType: number; bytes: string; count: number }[] } = JSON.parse(
  readFileSync(fixtureFile('dequant.json'), 'utf8'),
);
const quantised = cases.filter(({ type }) => type !== 'F16' && type !== 'BF16');
const losslessTypes = ['Q4_0', 'Q5_0', 'Q8_0', 'Q6_K'];

function typeOf(id: number): GgmlType {
  const type = ggmlTypes.get(id);
  if (type === undefined) throw new Error(`no type ${id}`);
  return type;
}

/** What MatMulNBits makes of the packed bytes: (quant - 128) times the block's scale. */
function unpacked(type: GgmlType, bytes: Uint8Array, count: number): { values: Float32Array; block: number } {
  const block = packedBlockOf(type) ?? 0;
  const quants = new Uint8Array(count);
  const scales = new Float32Array(count / block);
  packBlocks(type, bytes, { quants, scales });
  const values = Float32Array.from(
    quants,
    (quant, i) => (quant - 128) * (scales[Math.floor(i / block)] ?? 0),
  );
  return { values, block };
}

describe('packBlocks', () => {
  it.each(quantised.filter(({ type }) => losslessTypes.includes(type)))('loses nothing of $type', (row) => {
    const bytes = Uint8Array.from(Buffer.from(row.bytes, 'hex'));
    const exact = new Float32Array(row.count);
    dequantize(typeOf(row.ggmlType), bytes, exact);
    // Object.is would tell 0 from -0, which no product does.
    expect(unpacked(typeOf(row.ggmlType), bytes, row.count).values.map((x) => x + 0)).toEqual(
      exact.map((x) => x + 0),
    );
  });

  it.each(quantised.filter(({ type }) => !losslessTypes.includes(type)))(
    'keeps $type within 1/254 of the largest weight of each block',
    (row) => {
      const bytes = Uint8Array.from(Buffer.from(row.bytes, 'hex'));
      const exact = new Float32Array(row.count);
      dequantize(typeOf(row.ggmlType), bytes, exact);
      const { values, block } = unpacked(typeOf(row.ggmlType), bytes, row.count);
      expect(block).toBe(32);
      for (let at = 0; at < row.count; at += block) {
        const largest = Math.max(...exact.subarray(at, at + block).map(Math.abs));
        for (let i = at; i < at + block; i++) {
          expect(Math.abs((values[i] ?? 0) - (exact[i] ?? 0))).toBeLessThanOrEqual((largest / 254) * 1.0001);
        }
      }
      expect(largestValue(values)).toBeGreaterThan(0);
    },
  );

  it('gives zeros for a block of zeros', () => {
    expect(unpacked(typeOf(12), new Uint8Array(144), 256).values.every((value) => value === 0)).toBe(true);
  });

  it('keeps float types float, and Q6_K alone in blocks of 16', () => {
    const blocks = ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_K', 'Q6_K'].map((name) => {
      const type = [...ggmlTypes.values()].find((known) => known.name === name);
      return type === undefined ? 'unknown' : packedBlockOf(type);
    });
    expect(blocks).toEqual([undefined, undefined, undefined, 32, 32, 16]);
  });
});

function largestValue(values: Float32Array): number {
  return Math.max(...values.map(Math.abs));
}
