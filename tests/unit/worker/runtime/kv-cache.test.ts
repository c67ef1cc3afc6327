/** The caches against the plainest thing that does the same: a list of rows for each head. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvCache } from '../../../../src/worker/runtime/kv-cache.ts';
import { firstPosition, type KvLayout } from '../../../../src/worker/runtime/kv-layout.ts';

const layout: KvLayout = {
  layers: ['local', 'global'],
  kvHeads: 2,
  headDim: 3,
  capacity: { local: 9, global: 40 },
  slack: 4,
};
const chunk = 4;
const slots = 3;
const heads = 2 * layout.layers.length * layout.kvHeads;
const rowFloats = layout.headDim;

/** A chunk that no other is like, as `copyRows` would give it. */
function newRows(seed: number): Float32Array {
  return Float32Array.from({ length: heads * chunk * rowFloats }, (_, i) => seed * 1000 + i);
}

/** What a slot shows of its sequence, head after head: the rows from the first position on. */
function shown(cache: KvCache, slot: number, length: number): number[][] {
  return cache.tensors.flatMap((tensor) => {
    const view = cache.view(tensor, { first: slot, count: 1 });
    const rows = length - firstPosition(layout, tensor.kind, length);
    return Array.from({ length: layout.kvHeads }, (_, head) => {
      const start = head * layout.capacity[tensor.kind] * rowFloats;
      return [...view.subarray(start, start + rows * rowFloats)];
    });
  });
}

/** The same, of a list of the chunks that were appended. */
function expected(chunks: readonly Float32Array[]): number[][] {
  const length = chunks.length * chunk;
  return Array.from({ length: heads }, (_, head) => {
    const kind = layout.layers[Math.floor(head / (2 * layout.kvHeads))] ?? 'global';
    const part = chunk * rowFloats;
    const rows = chunks.flatMap((values) => [...values.subarray(head * part, (head + 1) * part)]);
    return rows.slice(firstPosition(layout, kind, length) * rowFloats);
  });
}

describe('KvCache', () => {
  it('has two tensors a layer, which it shows slot by slot', () => {
    const cache = new KvCache(layout, slots);
    expect(cache.tensors.map(({ name }) => name)).toEqual(['key.0', 'value.0', 'key.1', 'value.1']);
    const [tensor] = cache.tensors;
    if (tensor === undefined) throw new Error('there are four');
    const view = cache.view(tensor, { first: 1, count: 2 });
    expect(cache.dims('local', 2)).toEqual([2, 2, 9, 3]);
    expect(view).toHaveLength(2 * 2 * 9 * 3);
    view.fill(7);
    expect([...tensor.values].indexOf(7)).toBe(2 * 9 * 3);
  });

  it('shows what was appended, wherever it is moved, and gives it back', () => {
    const step = fc.record({
      what: fc.constantFrom('append', 'append', 'append', 'move', 'swap', 'clear'),
      from: fc.nat(slots - 1),
      to: fc.nat(slots - 1),
    });
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const cache = new KvCache(layout, slots);
      const chunks: Float32Array[][] = Array.from({ length: slots }, () => []);
      for (const [index, { what, from, to }] of steps.entries()) {
        const [own, others] = [chunks[from] ?? [], chunks[to] ?? []];
        const length = own.length * chunk;
        if (what === 'append' && length < 36) {
          const rows = newRows(index + 1);
          cache.appendRows(from, rows, { length, count: chunk });
          own.push(rows);
          const after = length + chunk;
          expect(cache.copyRows(from, { start: length, count: chunk, length: after })).toEqual(rows);
        } else if (what === 'move') {
          cache.move(from, to, length);
          chunks[to] = [...own];
        } else if (what === 'swap') {
          cache.swap(from, to);
          [chunks[from], chunks[to]] = [others, own];
        } else if (what === 'clear') chunks[from] = [];
        for (const [slot, list] of chunks.entries()) {
          expect(shown(cache, slot, list.length * chunk)).toEqual(expected(list));
        }
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});
