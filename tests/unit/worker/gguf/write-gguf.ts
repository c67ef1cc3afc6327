/** Writes GGUF files for tests, independently of the code that reads them. */

export type GgufValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'bools'; readonly value: readonly boolean[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'float32s' | 'int32s'; readonly value: readonly number[] }
  /** An array of arrays, which no reader needs to understand. */
  | { readonly type: 'nested' };

export interface GgufTensorSource {
  readonly name: string;
  /** Innermost first. */
  readonly shape: readonly number[];
  readonly typeId: number;
  readonly bytes: Uint8Array;
}

export function writeGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensorSource[],
): Buffer {
  const pairs = Object.entries(metadata);
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(pairs.length)];
  for (const [key, value] of pairs) head.push(text(key), encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    head.push(
      text(tensor.name),
      u32(tensor.shape.length),
      ...tensor.shape.map(u64),
      u32(tensor.typeId),
      u64(offset),
    );
    offset += aligned(tensor.bytes.length);
  }
  const header = Buffer.concat(head);
  const body = tensors.flatMap(({ bytes }) => [bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length), ...body]);
}

function encodeValue(value: GgufValue): Buffer {
  switch (value.type) {
    case 'string':
      return Buffer.concat([u32(8), text(value.value)]);
    case 'uint32':
      return Buffer.concat([u32(4), u32(value.value)]);
    case 'float32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value.value);
      return Buffer.concat([u32(6), bytes]);
    }
    case 'bool':
      return Buffer.concat([u32(7), Buffer.of(Number(value.value))]);
    case 'strings':
      return Buffer.concat([u32(9), u32(8), u64(value.value.length), ...value.value.map(text)]);
    case 'float32s': {
      const floats = new Uint8Array(Float32Array.from(value.value).buffer);
      return Buffer.concat([u32(9), u32(6), u64(value.value.length), floats]);
    }
    case 'int32s': {
      const ints = new Uint8Array(Int32Array.from(value.value).buffer);
      return Buffer.concat([u32(9), u32(5), u64(value.value.length), ints]);
    }
    case 'nested':
      return Buffer.concat([u32(9), u32(9), u64(1), u32(4), u64(0)]);
    case 'bools':
      return Buffer.concat([u32(9), u32(7), u64(value.value.length), Buffer.from(value.value.map(Number))]);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}
