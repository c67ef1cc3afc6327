/**
 * Parses and validates a GGUF header (versions 2 and 3, little-endian): afterwards every tensor is known to lie
 * inside the file, aligned, sized as its type and shape say, and apart from the others. The weights themselves are not
 * looked at. Layout: docs/gguf.md of ggml-org/ggml.
 */

import { bytesOfElements, type GgmlType, ggmlTypes } from './ggml-types.ts';
import { GgufCursor, HeaderIncomplete, type HeaderSource } from './gguf-cursor.ts';
import { type GgufMetadata, parseMetadata } from './gguf-metadata.ts';
import { quoted } from './model-file-error.ts';

export interface GgufTensor {
  readonly name: string;
  /** GGML's order: the innermost dimension (a row's length) first. */
  readonly shape: readonly number[];
  readonly type: GgmlType;
  readonly elements: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface Gguf {
  readonly file: string;
  readonly fileBytes: number;
  readonly version: number;
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const pairsMax = 65_536;
const tensorsMax = 65_536;
const tensorNameBytesMax = 4_096;
const alignmentMax = 65_536;

/** @returns undefined when the header goes on after the bytes at hand. */
export function parseGgufHeader(source: HeaderSource): Gguf | undefined {
  try {
    return parse(new GgufCursor(source));
  } catch (error) {
    if (error instanceof HeaderIncomplete) return undefined;
    throw error;
  }
}

function parse(cursor: GgufCursor): Gguf {
  const { file, fileBytes } = cursor.source;
  const version = parseMagicAndVersion(cursor);
  const tensorCount = bounded(cursor, 'the number of tensors', tensorsMax);
  const pairCount = bounded(cursor, 'the number of keys', pairsMax);
  const metadata = parseMetadata(cursor, pairCount);
  const alignment = metadata.number('general.alignment') ?? 32;
  if (!Number.isInteger(alignment) || alignment < 8 || alignment > alignmentMax || alignment % 8 !== 0) {
    throw cursor.invalid(`general.alignment is ${alignment}`);
  }
  const relative: GgufTensor[] = [];
  for (let index = 0; index < tensorCount; index++) relative.push(parseTensor(cursor, index, alignment));
  const dataOffset = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const tensor of relative) {
    if (tensors.has(tensor.name)) throw cursor.invalid(`tensor ${quoted(tensor.name)} appears twice`);
    tensors.set(tensor.name, { ...tensor, offset: dataOffset + tensor.offset });
  }
  checkPlacement(cursor, [...tensors.values()]);
  return { file, fileBytes, version, metadata, tensors };
}

function parseMagicAndVersion(cursor: GgufCursor): number {
  if (cursor.u32('its first four bytes') !== 0x4655_4747) {
    throw cursor.invalid('it does not start with "GGUF", so it is no GGUF file');
  }
  const version = cursor.u32('the version');
  if (version === 0x0200_0000 || version === 0x0300_0000) throw cursor.invalid('it is big-endian');
  if (version !== 2 && version !== 3) throw cursor.invalid(`it has GGUF version ${version}, not 2 or 3`);
  return version;
}

function bounded(cursor: GgufCursor, what: string, max: number): number {
  const count = cursor.u64(what);
  if (count > max) throw cursor.invalid(`${what} is ${count}, more than ${max}`);
  return count;
}

function parseTensor(cursor: GgufCursor, index: number, alignment: number): GgufTensor {
  const name = cursor.string(`the name of tensor ${index}`, tensorNameBytesMax);
  const label = quoted(name);
  const dimensions = cursor.u32(`the dimensions of ${label}`);
  if (dimensions < 1 || dimensions > 4) throw cursor.invalid(`${label} has ${dimensions} dimensions`);
  const shape: number[] = [];
  let elements = 1;
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const length = cursor.u64(`the shape of ${label}`);
    elements *= length;
    if (length < 1 || elements > Number.MAX_SAFE_INTEGER) throw cursor.invalid(`${label} has a wrong shape`);
    shape.push(length);
  }
  const typeId = cursor.u32(`the type of ${label}`);
  const type = ggmlTypes.get(typeId);
  if (type === undefined) throw cursor.invalid(`${label} has the unknown type ${typeId}`);
  if ((shape[0] ?? 0) % type.blockElements !== 0) {
    throw cursor.invalid(`rows of ${label} are ${shape[0]} long, which ${type.name} cannot hold`);
  }
  const offset = cursor.u64(`the offset of ${label}`);
  if (offset % alignment !== 0) throw cursor.invalid(`${label} is not aligned to ${alignment} bytes`);
  return { name, shape, type, elements, offset, bytes: bytesOfElements(type, elements) };
}

function checkPlacement(cursor: GgufCursor, tensors: GgufTensor[]): void {
  let end = 0;
  let previous: GgufTensor | undefined;
  for (const tensor of tensors.sort((a, b) => a.offset - b.offset)) {
    if (previous !== undefined && tensor.offset < end) {
      throw cursor.invalid(`tensors ${quoted(previous.name)} and ${quoted(tensor.name)} overlap`);
    }
    end = tensor.offset + tensor.bytes;
    if (end > cursor.source.fileBytes) {
      throw cursor.invalid(
        `tensor ${quoted(tensor.name)} ends at byte ${end}, and the file at ${cursor.source.fileBytes}`,
      );
    }
    previous = tensor;
  }
}
