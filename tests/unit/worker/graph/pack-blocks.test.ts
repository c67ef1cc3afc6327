/** Repacked weights stand for the values that the file holds. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dequantize } from '../../../../src/worker/gguf/dequantize.ts';
import { type GgmlType, ggmlTypes } from '../../../../src/worker/gguf/ggml-types.ts';
import { areFinite, isExactTarget, packBlocks } from '../../../../src/worker/graph/pack-blocks.ts';
import { roundTo4Bits, roundTo8Bits } from '../../../../src/worker/graph/round-blocks.ts';
import type { BlockSize } from '../../../../src/worker/graph/weight-scheme.ts';
import { fixtureFile } from '../references.ts';

const { cases }: { cases: { type: string; ggmlType: number; bytes: string; count: number }[] } = JSON.parse(
  readFileSync(fixtureFile('dequant.json'), 'utf8'),
);

function typeOf(id: number): GgmlType {
  const type = ggmlTypes.get(id);
  if (type === undefined) throw new Error(`no type ${id}`);
  return type;
}

interface Form {
  readonly bits: 8 | 4;
  readonly block: BlockSize;
}

/** What MatMulNBits makes of the packed bytes: (level - zero) times the block's scale. */
function meant(quants: Uint8Array, scales: Float32Array, { bits, block }: Form): Float32Array {
  return Float32Array.from({ length: scales.length * block }, (_, i) => {
    const scale = scales[Math.floor(i / block)] ?? Number.NaN;
    if (bits === 8) return ((quants[i] ?? Number.NaN) - 128) * scale;
    const pair = quants[i >> 1] ?? Number.NaN;
    return ((i % 2 === 0 ? pair & 15 : pair >> 4) - 8) * scale;
  });
}

function packed(type: GgmlType, bytes: Uint8Array, { bits, block, count }: Form & { count: number }) {
  const quants = new Uint8Array((count * bits) / 8);
  const scales = new Float32Array(count / block);
  const isSound = packBlocks({ type, bits, block }, bytes, { quants, scales });
  return { values: meant(quants, scales, { bits, block }), isSound };
}

function original({ ggmlType, bytes, count }: { ggmlType: number; bytes: string; count: number }): {
  readonly raw: Uint8Array;
  readonly values: Float32Array;
} {
  const raw = Uint8Array.from(Buffer.from(bytes, 'hex'));
  const values = new Float32Array(count);
  dequantize(typeOf(ggmlType), raw, values);
  return { raw, values };
}

function named(name: string) {
  const found = cases.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`the fixture has no ${name}`);
  return found;
}

describe('packBlocks', () => {
  it.each<{ type: string } & Form>([
    { type: 'Q8_0', bits: 8, block: 32 },
    { type: 'Q8_0', bits: 8, block: 16 },
    { type: 'Q5_0', bits: 8, block: 16 },
    { type: 'Q4_0', bits: 8, block: 16 },
    { type: 'Q5_0', bits: 8, block: 32 },
    { type: 'Q4_0', bits: 8, block: 32 },
    { type: 'Q4_0', bits: 4, block: 32 },
    { type: 'Q6_K', bits: 8, block: 16 },
  ])('changes no bit of $type in $bits bits and blocks of $block', ({ type, bits, block }) => {
    const row = named(type);
    const { raw, values } = original(row);
    expect(isExactTarget(typeOf(row.ggmlType), { kind: 'blocks', bits, block })).toBe(true);
    const result = packed(typeOf(row.ggmlType), raw, { bits, block, count: row.count });
    expect(result.isSound).toBe(true);
    // Adding zero makes -0, which no product of the kernel is, into 0.
    expect(result.values.map((x) => x + 0)).toEqual(values.map((x) => x + 0));
    expect(new Set(values).size).toBeGreaterThan(20);
  });

  it.each(cases.flatMap(({ type }) => ([16, 32, 64, 128] as const).map((block) => ({ type, block }))))(
    'keeps $type in 8 bits and blocks of $block to half a step',
    ({ type, block }) => {
      const row = named(type);
      const { raw, values } = original(row);
      // The fixture's few blocks, one after the other until they fill the largest of ours.
      const times = 128;
      const count = times * row.count;
      const all = Uint8Array.from({ length: times * raw.length }, (_, i) => raw[i % raw.length] ?? 0);
      const result = packed(typeOf(row.ggmlType), all, { bits: 8, block, count });
      const exact = Array.from({ length: count }, (_, i) => values[i % row.count] ?? 0);
      for (let at = 0; at < count; at += block) {
        const largest = Math.max(...exact.slice(at, at + block).map(Math.abs));
        const errors = exact
          .slice(at, at + block)
          .map((value, i) => Math.abs(value - (result.values[at + i] ?? Number.NaN)));
        expect(Math.max(...errors)).toBeLessThanOrEqual(largest / 120);
      }
      expect(result.isSound).toBe(true);
    },
  );

  it('does not call exact what is rounded', () => {
    const forms = [
      ['Q8_0', 8, 64],
      ['Q8_0', 4, 32],
      ['Q5_0', 4, 32],
      ['Q4_K', 8, 32],
      ['Q6_K', 8, 32],
      ['F32', 8, 32],
    ] as const;
    for (const [name, bits, block] of forms) {
      const type = [...ggmlTypes.values()].find((known) => known.name === name) ?? typeOf(0);
      expect(isExactTarget(type, { kind: 'blocks', bits, block })).toBe(false);
      expect(isExactTarget(type, { kind: 'float32' })).toBe(true);
    }
  });

  it('says when a scale or a value is not finite', () => {
    const q8 = Uint8Array.from({ length: 34 }, (_, i) => (i === 1 ? 0x7c : 0));
    expect(packed(typeOf(8), q8, { bits: 8, block: 32, count: 32 }).isSound).toBe(false);
    const floats = new Float32Array(32).fill(1);
    floats[7] = Number.NaN;
    const bytes = new Uint8Array(floats.buffer);
    expect(packed(typeOf(0), bytes, { bits: 8, block: 32, count: 32 }).isSound).toBe(false);
    floats[7] = 1e30;
    expect(packed(typeOf(0), bytes, { bits: 4, block: 32, count: 32 }).isSound).toBe(true);
    expect(areFinite(Float32Array.of(1, Number.NEGATIVE_INFINITY, 2))).toBe(false);
  });
});

/** Root of the mean squared error, over the root of the mean square. */
function relativeError(values: Float32Array, result: Float32Array): number {
  const sum = (list: Float32Array) => list.reduce((total, value) => total + value * value, 0);
  return Math.sqrt(sum(values.map((value, i) => value - (result[i] ?? Number.NaN))) / sum(values));
}

function rounded(values: Float32Array, { bits, block }: Form): Float32Array {
  const out = {
    quants: new Uint8Array((values.length * bits) / 8),
    scales: new Float32Array(values.length / block),
  };
  (bits === 8 ? roundTo8Bits : roundTo4Bits)(values, block, out);
  return meant(out.quants, out.scales, { bits, block });
}

describe('roundTo8Bits and roundTo4Bits', () => {
  const values = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i * i) * Math.exp(Math.cos(7 * i)));

  /** The scale by the largest value alone. */
  function naivelyRounded(block: number, steps: number): Float32Array {
    return values.map((value, i) => {
      const at = i - (i % block);
      const scale = Math.max(...values.subarray(at, at + block).map(Math.abs)) / steps;
      return Math.round(value / scale) * scale;
    });
  }

  it.each<Form & { steps: number; share: number }>([
    { bits: 8, block: 64, steps: 127, share: 0.98 },
    { bits: 8, block: 128, steps: 127, share: 0.99 },
    { bits: 4, block: 32, steps: 7, share: 0.9 },
  ])('leave less error than the largest value alone in $bits bits and blocks of $block', (row) => {
    const error = relativeError(values, rounded(values, row));
    expect(error).toBeLessThan(row.share * relativeError(values, naivelyRounded(row.block, row.steps)));
  });

  it('keep what lies on the grid of 5-bit numbers in blocks of their own', () => {
    const grid = Float32Array.from({ length: 64 }, (_, i) => ((i * 7) % 32) - 16);
    expect(rounded(grid, { bits: 8, block: 32 })).toEqual(grid);
  });

  it.each<Form>([
    { bits: 8, block: 16 },
    { bits: 4, block: 32 },
  ])('give zeros for zeros, and are never further off than a step, in $bits bits', ({ bits, block }) => {
    expect(rounded(new Float32Array(block), { bits, block }).every((value) => value === 0)).toBe(true);
    const property = fc.property(
      fc.array(fc.float({ noNaN: true, min: -(2 ** 99), max: 2 ** 99 }), {
        minLength: block,
        maxLength: block,
      }),
      (list) => {
        const block32 = Float32Array.from(list);
        const result = rounded(block32, { bits, block });
        const largest = Math.max(...block32.map(Math.abs));
        for (const [i, value] of block32.entries()) {
          const most = largest / (bits === 8 ? 120 : 6) + 2 ** -140;
          expect(Math.abs((result[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(most);
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});
