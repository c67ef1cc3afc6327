/** Rotation angles from the formula, and where float32 rounding enters it. */

import { describe, expect, it } from 'vitest';
import { rotationTable } from '../../../../src/worker/runtime/rotation-table.ts';

describe('rotationTable', () => {
  it('turns column j at position p by p / (factor · base^(2j/headDim))', () => {
    const { cos, sin } = rotationTable({ base: 10_000, factor: 2, headDim: 8 }, { first: 3, count: 2 });
    for (const [row, position] of [3, 4].entries()) {
      for (const column of [0, 1, 2, 3]) {
        const angle = position / (2 * 10_000 ** ((2 * column) / 8));
        expect(cos[4 * row + column]).toBeCloseTo(Math.cos(angle), 6);
        expect(sin[4 * row + column]).toBeCloseTo(Math.sin(angle), 6);
      }
    }
  });

  it('gives the same rows whatever the first position', () => {
    const options = { base: 1e6, factor: 1, headDim: 16 };
    const whole = rotationTable(options, { first: 0, count: 700 });
    const part = rotationTable(options, { first: 690, count: 10 });
    expect(part.cos).toEqual(whole.cos.slice(690 * 8));
    expect(part.sin).toEqual(whole.sin.slice(690 * 8));
  });
});
