/**
 * The keys and values of all sequences of a runner: for each layer two arrays [slots, kvHeads, capacity, headDim], which the graph reads and
 * appends to in place. Memory that no sequence has used yet is not touched.
 */

import { firstPosition, type KvLayout, type LayerKind, slotFloats } from './kv-layout.ts';

export interface KvTensor {
  /** `key.0`, `value.0`, `key.1`, … */
  readonly name: string;
  readonly kind: LayerKind;
  readonly values: Float32Array;
}

export class KvCache {
  readonly layout: KvLayout;
  readonly tensors: readonly KvTensor[];
  #spare: Float32Array | undefined;

  constructor(layout: KvLayout, slots: number) {
    this.layout = layout;
    this.tensors = layout.layers.flatMap((kind, layer) =>
      ['key', 'value'].map((part) => ({
        name: `${part}.${layer}`,
        kind,
        // Over a buffer of its own: only those never move, and native code holds their address.
        values: new Float32Array(new ArrayBuffer(4 * slots * slotFloats(layout, kind))),
      })),
    );
  }

  /** Dimensions of the view of some slots. */
  dims(kind: LayerKind, slots: number): readonly [number, number, number, number] {
    const { kvHeads, headDim, capacity } = this.layout;
    return [slots, kvHeads, capacity[kind], headDim];
  }

  view(tensor: KvTensor, { first, count }: { readonly first: number; readonly count: number }): Float32Array {
    const floats = slotFloats(this.layout, tensor.kind);
    return tensor.values.subarray(first * floats, (first + count) * floats);
  }

  /** Copies a sequence of `length` positions to another slot. */
  move(from: number, to: number, length: number): void {
    for (const tensor of this.tensors) {
      this.#eachHead(tensor, { slot: from, length }, (start, floats) => {
        const target = start + (to - from) * slotFloats(this.layout, tensor.kind);
        tensor.values.copyWithin(target, start, start + floats);
      });
    }
  }

  swap(a: number, b: number): void {
    for (const tensor of this.tensors) {
      const first = this.view(tensor, { first: a, count: 1 });
      const second = this.view(tensor, { first: b, count: 1 });
      if (this.#spare === undefined || this.#spare.length < first.length) {
        this.#spare = new Float32Array(first.length);
      }
      const spare = this.#spare.subarray(0, first.length);
      spare.set(first);
      first.set(second);
      second.set(spare);
    }
  }

  /** The rows of some positions that the slot still holds, tensor after tensor, head after head. */
  copyRows(
    slot: number,
    rows: { readonly start: number; readonly count: number; readonly length: number },
  ): Float32Array {
    const { kvHeads, headDim } = this.layout;
    const part = rows.count * headDim;
    const copied = new Float32Array(this.tensors.length * kvHeads * part);
    let to = 0;
    for (const tensor of this.tensors) {
      const row = rows.start - firstPosition(this.layout, tensor.kind, rows.length);
      for (let head = 0; head < kvHeads; head++) {
        const from = this.#rowAt(tensor.kind, { slot, head, row });
        copied.set(tensor.values.subarray(from, from + part), to);
        to += part;
      }
    }
    return copied;
  }

  /** Appends rows that `copyRows` gave to a sequence of `length` positions, dropping what the graph would have dropped. */
  appendRows(
    slot: number,
    rows: Float32Array,
    { length, count }: { readonly length: number; readonly count: number },
  ): void {
    const { kvHeads, headDim } = this.layout;
    const part = count * headDim;
    let from = 0;
    for (const tensor of this.tensors) {
      const before = firstPosition(this.layout, tensor.kind, length);
      const after = firstPosition(this.layout, tensor.kind, length + count);
      for (let head = 0; head < kvHeads; head++) {
        const start = this.#rowAt(tensor.kind, { slot, head, row: 0 });
        const kept = start + (after - before) * headDim;
        if (after > before) tensor.values.copyWithin(start, kept, start + (length - before) * headDim);
        tensor.values.set(rows.subarray(from, from + part), start + (length - after) * headDim);
        from += part;
      }
    }
  }

  #rowAt(
    kind: LayerKind,
    at: { readonly slot: number; readonly head: number; readonly row: number },
  ): number {
    const { capacity, headDim, kvHeads } = this.layout;
    return ((at.slot * kvHeads + at.head) * capacity[kind] + at.row) * headDim;
  }

  #eachHead(
    tensor: KvTensor,
    { slot, length }: { readonly slot: number; readonly length: number },
    visit: (start: number, floats: number) => void,
  ): void {
    const { kvHeads, headDim } = this.layout;
    const rows = length - firstPosition(this.layout, tensor.kind, length);
    for (let head = 0; head < kvHeads; head++) {
      visit(this.#rowAt(tensor.kind, { slot, head, row: 0 }), rows * headDim);
    }
  }
}
