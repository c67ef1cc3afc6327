/** A row store against the plainest list of rows that does the same. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowStore } from '../../../../src/worker/runtime/row-store.ts';

describe('RowStore', () => {
  it('shows the last rows, whatever the sizes they came in', () => {
    const runs = fc.record({
      rowFloats: fc.integer({ min: 1, max: 3 }),
      keepRows: fc.integer({ min: 0, max: 12 }),
      counts: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 30 }),
    });
    const property = fc.property(runs, ({ rowFloats, keepRows, counts }) => {
      const store = new RowStore({ rowFloats, keepRows, rowsMax: counts.reduce((a, b) => a + b, 0) });
      const rows: number[][] = [];
      let next = 0;
      for (const count of counts) {
        const added = Array.from({ length: count }, () => Array.from({ length: rowFloats }, () => next++));
        rows.push(...added);
        store.append(Float32Array.from(added.flat()));
        const last = keepRows === 0 ? [] : rows.slice(-keepRows);
        expect(store.rows).toBe(last.length);
        expect([...store.visible]).toEqual(last.flat());
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('takes room for about twice what it shows, and never for more rows than there will be', () => {
    const windowed = new RowStore({ rowFloats: 1, keepRows: 100, rowsMax: 1e6 });
    const whole = new RowStore({ rowFloats: 1, keepRows: 1000, rowsMax: 1000 });
    for (let row = 0; row < 1000; row++) {
      windowed.append(Float32Array.of(row));
      whole.append(Float32Array.of(row));
      expect(windowed.visible.buffer.byteLength).toBeLessThanOrEqual(4 * 2 * 101);
      expect(whole.visible.buffer.byteLength).toBeLessThanOrEqual(4 * Math.min(2 * (row + 1), 1000));
    }
  });
});
