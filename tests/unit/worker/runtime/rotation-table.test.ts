/** Rotation angles from the formula, and where float32 rounding enters it. */

import { describe, expect, it } from 'vitest';
import { rotationTables } from '../../../../src/worker/runtime/rotation-table.ts';

const options = {
  ropeBase: { local: 10_000, global: 1e6 },
  ropeFactor: { local: 1, global: 8 },
  headDim: 8,
};

describe('rotationTables', () => {
  it('turns column j at position p by p / (factor · base^(2j/headDim))', () => {
    const tables = new Map(rotationTables(options, 700).map(({ name, values }) => [name, values]));
    expect([...tables.keys()]).toEqual(['cos_local', 'sin_local', 'cos_global', 'sin_global']);
    for (const kind of ['local', 'global'] as const) {
      for (const position of [0, 1, 3, 699]) {
        for (const column of [0, 1, 2, 3]) {
          const at = 4 * position + column;
          const angle = position / (options.ropeFactor[kind] * options.ropeBase[kind] ** ((2 * column) / 8));
          expect(tables.get(`cos_${kind}`)?.[at]).toBeCloseTo(Math.cos(angle), 4);
          expect(tables.get(`sin_${kind}`)?.[at]).toBeCloseTo(Math.sin(angle), 4);
        }
      }
    }
  });

  it('rounds frequency and angle to float32 before the cosine, as the reference implementation does', () => {
    const [cos] = rotationTables({ ...options, headDim: 256 }, 701);
    const frequency = Math.fround(1 / Math.fround(10_000 ** (2 / 256)));
    const rounded = Math.fround(Math.cos(Math.fround(700 * frequency)));
    expect(cos?.values[700 * 128 + 1]).toBe(rounded);
    expect(Math.abs(rounded - Math.cos(700 / 10_000 ** (2 / 256)))).toBeGreaterThan(1e-6);
  });

  it('keeps each table in a buffer of its own, which nothing moves', () => {
    const tables = rotationTables(options, 5);
    expect(tables.map(({ values }) => [values.length, values.buffer.byteLength])).toEqual(
      tables.map(() => [5 * 4, 4 * 5 * 4]),
    );
    expect(new Set(tables.map(({ values }) => values.buffer)).size).toBe(4);
  });
});
