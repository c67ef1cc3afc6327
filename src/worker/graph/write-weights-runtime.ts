/**
 * Fills a graph's data file from the model file, a few megabytes at a time: memory stays bounded however large
 * the model is, and between two steps the event loop runs.
 */

import type { FileHandle } from 'node:fs/promises';
import { dequantize } from '../gguf/dequantize.ts';
import { bytesOfElements } from '../gguf/ggml-types.ts';
import type { OpenGguf } from '../gguf/gguf-file-runtime.ts';
import type { GgufTensor } from '../gguf/gguf-header.ts';
import type { GraphPlan, WeightJob } from './graph-builder.ts';
import { packBlocks } from './pack-blocks.ts';

export interface WriteWeightsOptions {
  readonly data: FileHandle;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (doneBytes: number) => void;
}

const stepElementsMax = 1 << 20;

/** @throws the signal's reason on abort; whatever reading and writing throw. */
export async function writeWeights(
  gguf: OpenGguf,
  plan: GraphPlan,
  { data, signal, onProgress }: WriteWeightsOptions,
): Promise<void> {
  await data.truncate(plan.dataBytes);
  let doneBytes = 0;
  for (const job of plan.jobs) {
    // Elements of the job's earlier tensors.
    let before = 0;
    for (const tensor of job.sources) {
      for (const part of stepsOf(tensor)) {
        signal?.throwIfAborted();
        const bytes = new Uint8Array(bytesOfElements(tensor.type, part.elements));
        await gguf.readBytes(bytes, tensor.offset + bytesOfElements(tensor.type, part.from));
        await writePart(data, job, { tensor, bytes, from: before + part.from, elements: part.elements });
        doneBytes += bytes.length;
        onProgress(doneBytes);
      }
      before += tensor.elements;
    }
  }
}

/** Whole rows of blocks: a multiple of every block size, so that each part decodes alone. */
function* stepsOf(tensor: GgufTensor): Generator<{ readonly from: number; readonly elements: number }> {
  for (let from = 0; from < tensor.elements; from += stepElementsMax) {
    yield { from, elements: Math.min(stepElementsMax, tensor.elements - from) };
  }
}

interface Part {
  readonly tensor: GgufTensor;
  readonly bytes: Uint8Array;
  /** Index of the first element in the job's output. */
  readonly from: number;
  readonly elements: number;
}

async function writePart(data: FileHandle, job: WeightJob, part: Part): Promise<void> {
  if (job.kind === 'float32') {
    const values = new Float32Array(part.elements);
    dequantize(part.tensor.type, part.bytes, values);
    await writeFully(data, values, job.offset + 4 * part.from);
    return;
  }
  const quants = new Uint8Array(part.elements);
  const scales = new Float32Array(part.elements / job.block);
  packBlocks(part.tensor.type, part.bytes, { quants, scales });
  await writeFully(data, quants, job.quantsOffset + part.from);
  await writeFully(data, scales, job.scalesOffset + (4 * part.from) / job.block);
}

async function writeFully(
  data: FileHandle,
  values: Uint8Array | Float32Array,
  position: number,
): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await data.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
