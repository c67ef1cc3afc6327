/** The decoders against byte vectors of an independent implementation (`dequant.json`, gguf-py). */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canDequantize, dequantize } from '../../../../src/worker/gguf/dequantize.ts';
import { ggmlTypes } from '../../../../src/worker/gguf/ggml-types.ts';

interface Case {
  readonly type: string;
  readonly ggmlType: number;
  readonly bytes: string;
  readonly floats: string;
  readonly count: number;
}

const fixture = new URL('../../../fixtures/tiny-gemma3/dequant.json', import.meta.url);
const { cases }: { cases: readonly Case[] } = JSON.parse(readFileSync(fixture, 'utf8'));

function typeOf(id: number) {
  const type = ggmlTypes.get(id);
  if (type === undefined) throw new Error(`no type ${id}`);
  return type;
}

describe('dequantize', () => {
  it('is checked on every type that model files of this project use', () => {
    const covered = cases.map((row) => row.type);
    expect(covered).toEqual(expect.arrayContaining(['F16', 'BF16', 'Q8_0', 'Q5_0', 'Q4_K', 'Q6_K']));
  });

  it.each(cases)('gives the reference bits for $type', (row) => {
    const out = new Float32Array(row.count);
    dequantize(typeOf(row.ggmlType), Buffer.from(row.bytes, 'hex'), out);
    expect(Buffer.from(out.buffer).toString('hex')).toBe(row.floats);
  });

  it('copies F32 bit for bit', () => {
    const source = Float32Array.of(1.5, -0, 3e-39, Number.MAX_VALUE);
    const out = new Float32Array(4);
    dequantize(typeOf(0), new Uint8Array(source.buffer), out);
    expect(out).toEqual(source);
  });

  it('refuses lengths that do not fit and types without decoder', () => {
    expect(() => dequantize(typeOf(8), new Uint8Array(33), new Float32Array(32))).toThrow(TypeError);
    expect(() => dequantize(typeOf(8), new Uint8Array(34), new Float32Array(31))).toThrow(TypeError);
    expect(canDequantize(typeOf(23))).toBe(false);
    expect(() => dequantize(typeOf(23), new Uint8Array(136), new Float32Array(256))).toThrow('IQ4_XS');
  });
});
