/** The header of a Q8_0 file: the source's own key-value pairs byte for byte, but for the two that say how it is stored. Pure. */

import { GgufCursor, type HeaderSource } from '../../src/worker/gguf/gguf-cursor.ts';
import { parseMetadata } from '../../src/worker/gguf/gguf-metadata.ts';
import { align, type PlannedTensor } from './q8-plan.ts';

const uint32Type = 4;
/** llama.cpp's `LLAMA_FTYPE_MOSTLY_Q8_0`. */
const mostlyQ8 = 7;
const fileTypeKey = 'general.file_type';
const alignmentKey = 'general.alignment';

/**
 * @param source the whole header of a sound file.
 * @returns the new header, up to where the first tensor stands.
 */
export function encodeQ8Header(source: HeaderSource, tensors: readonly PlannedTensor[]): Buffer {
  // After "GGUF", the version and the number of tensors.
  const cursor = new GgufCursor(source, 16);
  const pairCount = cursor.u64('the number of keys');
  const pairs: Buffer[] = [];
  for (let index = 0; index < pairCount; index++) {
    const start = cursor.position;
    const pair = parseMetadata(cursor, 1);
    if (pair.has(fileTypeKey) || pair.has(alignmentKey)) continue;
    pairs.push(source.bytes.subarray(start, cursor.position));
  }
  pairs.push(Buffer.concat([text(fileTypeKey), u32(uint32Type), u32(mostlyQ8)]));
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(pairs.length),
    ...pairs,
    ...tensors.map(encodeTensor),
  ]);
  return Buffer.concat([header, Buffer.alloc(align(header.length) - header.length)]);
}

function encodeTensor({ source, type, offset }: PlannedTensor): Buffer {
  return Buffer.concat([
    text(source.name),
    u32(source.shape.length),
    ...source.shape.map(u64),
    u32(type.id),
    u64(offset),
  ]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
