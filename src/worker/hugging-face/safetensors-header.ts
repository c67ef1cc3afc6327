/**
 * Parses and validates the header of a safetensors file: afterwards every tensor is known to lie inside the file, sized as its
 * type and shape say, apart from the others and with nothing between them. The weights themselves are not looked at. Format: the
 * README of huggingface/safetensors.
 */

import { z } from 'zod';
import { parseBoundedJson } from '../bounded-json.ts';
import { modelFileInvalid, quoted } from '../gguf/model-file-error.ts';
import { findRepeatedKey } from './repeated-key.ts';

export interface SafetensorsTensor {
  readonly name: string;
  /** As the file names it: `F32`, `BF16`, `I64`. */
  readonly dtype: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  readonly elements: number;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsSource {
  /** Named in errors. */
  readonly file: string;
  /** The header, as long as `headerBytes` says. */
  readonly header: Uint8Array;
  readonly fileBytes: number;
}

/** The length of the header comes first, in eight bytes. */
export const prefixBytes = 8;
/** A header of the largest Gemma-3 takes 200 kB. */
const headerBytesMax = 8 * 1024 * 1024;
const tensorsMax = 65_536;
const dimensionsMax = 8;

const dtypeBytes: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
};

const whole = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(whole).max(dimensionsMax),
  data_offsets: z.tuple([whole, whole]),
});

/** @returns how many bytes of header follow the first eight. */
export function headerBytes(
  prefix: Buffer,
  { file, fileBytes }: { file: string; fileBytes: number },
): number {
  if (fileBytes < prefixBytes) throw modelFileInvalid(file, `it ends inside its first eight bytes`);
  const bytes = Number(prefix.readBigUInt64LE(0));
  if (bytes > headerBytesMax) {
    throw modelFileInvalid(file, `its header claims ${bytes} bytes, more than ${headerBytesMax}`);
  }
  if (bytes > fileBytes - prefixBytes) {
    throw modelFileInvalid(file, `it ends inside its header, at byte ${fileBytes}`);
  }
  return bytes;
}

/** @throws DrydockError WORKER_MODEL_FILE_INVALID */
export function parseSafetensorsHeader(source: SafetensorsSource): ReadonlyMap<string, SafetensorsTensor> {
  const { file } = source;
  const entries = Object.entries(parseObject(source)).filter(([name]) => name !== '__metadata__');
  if (entries.length > tensorsMax) {
    throw modelFileInvalid(file, `it has ${entries.length} tensors, more than ${tensorsMax}`);
  }
  const base = prefixBytes + source.header.length;
  const tensors = entries.map(([name, entry]) => parseTensor({ file, base, name }, entry));
  checkPlacement(source, tensors);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function parseObject({ file, header }: SafetensorsSource): object {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    value = parseBoundedJson(text);
  } catch (cause) {
    throw modelFileInvalid(file, 'its header is not JSON, so it is no safetensors file', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw modelFileInvalid(file, 'its header is no JSON object');
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw modelFileInvalid(file, `its header has ${quoted(repeated)} twice`);
  return value;
}

function parseTensor(
  { file, base, name }: { readonly file: string; readonly base: number; readonly name: string },
  value: unknown,
): SafetensorsTensor {
  const label = quoted(name);
  const { data: entry, error } = entrySchema.safeParse(value);
  if (entry === undefined) {
    const [issue] = error.issues;
    throw modelFileInvalid(file, `tensor ${label}: ${issue?.path.join('.')} ${issue?.message}`);
  }
  const { dtype, shape } = entry;
  const elementBytes = Object.hasOwn(dtypeBytes, dtype) ? dtypeBytes[dtype] : undefined;
  if (elementBytes === undefined) {
    throw modelFileInvalid(file, `tensor ${label} has the unknown type ${quoted(dtype)}`);
  }
  const elements = shape.reduce((product, length) => product * length, 1);
  const [from, to] = entry.data_offsets;
  if (elements * elementBytes !== to - from) {
    throw modelFileInvalid(
      file,
      `tensor ${label} takes ${to - from} bytes, and its shape ${shape.join('×')} of ${dtype} ${elements * elementBytes}`,
    );
  }
  return { name, dtype, shape, elements, offset: base + from, bytes: to - from };
}

/** The format leaves no gaps, so a byte that no tensor has is a sign of damage. */
function checkPlacement(source: SafetensorsSource, tensors: readonly SafetensorsTensor[]): void {
  const { file, header, fileBytes } = source;
  let end = prefixBytes + header.length;
  let previous = 'the header';
  const inOrder = tensors.toSorted((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  for (const { name, offset, bytes } of inOrder) {
    if (offset < end) throw modelFileInvalid(file, `tensor ${quoted(name)} overlaps ${previous}`);
    if (offset > end) throw modelFileInvalid(file, `nothing describes the bytes before ${quoted(name)}`);
    end = offset + bytes;
    previous = quoted(name);
    if (end > fileBytes) {
      throw modelFileInvalid(file, `tensor ${previous} ends at byte ${end}, and the file at ${fileBytes}`);
    }
  }
  if (end < fileBytes) {
    throw modelFileInvalid(file, `its tensors end at byte ${end}, and the file at ${fileBytes}`);
  }
}
