/** Which form each tensor of a model takes in a Q8_0 file, and where it stands. Pure. */

import { bytesOfElements, type GgmlType, ggmlTypeNamed } from '../../src/worker/gguf/ggml-types.ts';
import type { GgufTensor } from '../../src/worker/gguf/gguf-header.ts';

export interface PlannedTensor {
  readonly source: GgufTensor;
  readonly type: GgmlType;
  /** From the start of the tensors' part of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** Every writer of GGUF uses this one; a file that asks for another is rewritten with it. */
export const alignment = 32;

/** Norms and other vectors stay exact; a matrix whose rows hold no whole blocks of 32 becomes F16, as llama.cpp has it. */
export function planQ8Tensors(tensors: Iterable<GgufTensor>): readonly PlannedTensor[] {
  let offset = 0;
  return Array.from(tensors, (source) => {
    const type = named(source.shape.length < 2 ? 'F32' : (source.shape[0] ?? 0) % 32 === 0 ? 'Q8_0' : 'F16');
    const bytes = bytesOfElements(type, source.elements);
    const planned = { source, type, offset, bytes };
    offset = align(offset + bytes);
    return planned;
  });
}

export const align = (position: number) => Math.ceil(position / alignment) * alignment;

function named(name: string): GgmlType {
  const type = ggmlTypeNamed(name);
  if (type === undefined) throw new TypeError(`there is no type ${name}`);
  return type;
}
