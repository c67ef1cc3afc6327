/**
 * Writes a model as a Q8_0 GGUF file, so that every engine runs the same 8 bits. What is Q8_0 already is copied; the rest is
 * dequantized and rounded again. A few megabytes at a time are in memory, and a write that stops half-way leaves no file of that name.
 */

import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dequantize } from '../../src/worker/gguf/dequantize.ts';
import { bytesOfElements } from '../../src/worker/gguf/ggml-types.ts';
import { type OpenGguf, openGguf } from '../../src/worker/gguf/gguf-file-runtime.ts';
import { roundToQ8 } from './q8-blocks.ts';
import { encodeQ8Header } from './q8-header.ts';
import { align, type PlannedTensor, planQ8Tensors } from './q8-plan.ts';

export interface WrittenFile {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Of floats, 4 MiB; a multiple of every block. */
const elementsAtOnce = 1024 * 1024;

/** @throws DrydockError WORKER_MODEL_FILE_INVALID for the source; TypeError for a type that cannot be dequantized. */
export async function writeQ8Gguf(source: string, target: string): Promise<WrittenFile> {
  await using gguf = await openGguf(source);
  const tensors = planQ8Tensors(gguf.tensors.values());
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}.part`;
  try {
    const written = await writeAll(unfinished, gguf, tensors);
    await rename(unfinished, target);
    return written;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function writeAll(
  target: string,
  gguf: OpenGguf,
  tensors: readonly PlannedTensor[],
): Promise<WrittenFile> {
  await using file = await open(target, 'w');
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (part: Uint8Array) => {
    hash.update(part);
    // `writeFile` on a handle goes on where the last one ended, and never writes less than all.
    await file.writeFile(part);
    bytes += part.length;
  };
  await write(await readHeader(gguf, tensors));
  for (const tensor of tensors) {
    for await (const part of encode(gguf, tensor)) await write(part);
    await write(new Uint8Array(align(bytes) - bytes));
  }
  await file.sync();
  return { bytes, sha256: hash.digest('hex') };
}

async function readHeader(gguf: OpenGguf, tensors: readonly PlannedTensor[]): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(gguf.fileBytes, ...tensors.map(({ source }) => source.offset)));
  await gguf.readBytes(bytes, 0);
  return encodeQ8Header({ file: gguf.file, bytes, fileBytes: gguf.fileBytes }, tensors);
}

async function* encode(gguf: OpenGguf, { source, type }: PlannedTensor): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.elements; at += elementsAtOnce) {
    const count = Math.min(elementsAtOnce, source.elements - at);
    const bytes = new Uint8Array(bytesOfElements(source.type, count));
    await gguf.readBytes(bytes, source.offset + bytesOfElements(source.type, at));
    if (source.type.id === type.id) {
      yield bytes;
      continue;
    }
    const values = new Float32Array(count);
    dequantize(source.type, bytes, values);
    yield encodeValues(values, type.name);
  }
}

function encodeValues(values: Float32Array, type: string): Uint8Array {
  if (type === 'F32') return new Uint8Array(values.buffer);
  if (type === 'F16') return new Uint8Array(Float16Array.from(values).buffer);
  const out = new Uint8Array((values.length / 32) * 34);
  roundToQ8(values, out);
  return out;
}
