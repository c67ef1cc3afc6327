/**
 * Fills a graph's data file from the model file, a few megabytes at a time: memory stays bounded however large
 * the model is, and between two steps the event loop runs.
 */

import type { FileHandle } from 'node:fs/promises';
import { dequantize } from '../gguf/dequantize.ts';
import { bytesOfElements } from '../gguf/ggml-types.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import type { ModelSource, SourceTensor } from '../model-source.ts';
import type { GraphPlan, ScaledTensor, WeightJob } from './graph-builder.ts';
import { areFinite, packBlocks, roundBlocks } from './pack-blocks.ts';

export interface WriteWeightsOptions {
  readonly data: FileHandle;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (doneBytes: number) => void;
}

const stepElementsMax = 1 << 20;

/**
 * @throws the signal's reason on abort; DrydockError WORKER_MODEL_FILE_INVALID for a weight that is not finite; whatever reading
 *   and writing throw.
 */
export async function writeWeights(
  source: ModelSource,
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
        await source.readBytes(tensor, bytes, bytesOfElements(tensor.type, part.from));
        await writePart(data, job, { tensor, bytes, before, ...part });
        doneBytes += bytes.length;
        onProgress(doneBytes);
      }
      before += tensor.elements;
    }
  }
}

/** Whole rows of blocks: a multiple of every block size, so that each part decodes alone. */
function* stepsOf(tensor: SourceTensor): Generator<{ readonly from: number; readonly elements: number }> {
  for (let from = 0; from < tensor.elements; from += stepElementsMax) {
    yield { from, elements: Math.min(stepElementsMax, tensor.elements - from) };
  }
}

interface Part {
  readonly tensor: ScaledTensor;
  readonly bytes: Uint8Array;
  /** Elements of the job's earlier tensors. */
  readonly before: number;
  /** Index of the first element in the tensor. */
  readonly from: number;
  readonly elements: number;
}

async function writePart(data: FileHandle, job: WeightJob, part: Part): Promise<void> {
  const at = part.before + part.from;
  if (job.kind === 'float32') {
    const values = floatsOf(part);
    if (!areFinite(values)) throw notFinite(part.tensor);
    await writeFully(data, values, job.offset + 4 * at);
    return;
  }
  const { bits, block } = job;
  const quants = new Uint8Array((part.elements * bits) / 8);
  const scales = new Float32Array(part.elements / block);
  const { tensor, bytes } = part;
  const isSound = isAsInFile(tensor)
    ? packBlocks({ type: tensor.type, bits, block }, bytes, { quants, scales })
    : roundBlocks({ bits, block }, floatsOf(part), { quants, scales });
  if (!isSound) throw notFinite(tensor);
  await writeFully(data, quants, job.quantsOffset + (at * bits) / 8);
  await writeFully(data, scales, job.scalesOffset + (4 * at) / block);
}

function isAsInFile({ added, columnFactors, rowFactors }: ScaledTensor): boolean {
  return added === 0 && columnFactors === undefined && rowFactors === undefined;
}

function floatsOf({ tensor, bytes, elements, from }: Part): Float32Array {
  const values = new Float32Array(elements);
  dequantize(tensor.type, bytes, values);
  if (tensor.added !== 0) for (let i = 0; i < elements; i++) values[i] = (values[i] ?? 0) + tensor.added;
  scale(values, tensor, from);
  return values;
}

/** @param from index of the first value in the tensor. */
function scale(values: Float32Array, { shape, columnFactors, rowFactors }: ScaledTensor, from: number): void {
  if (columnFactors === undefined && rowFactors === undefined) return;
  const columns = shape[0] ?? 1;
  let column = from % columns;
  let row = (from - column) / columns;
  for (let i = 0; i < values.length; i++) {
    const factor = (columnFactors?.[column] ?? 1) * (rowFactors?.[row] ?? 1);
    values[i] = (values[i] ?? 0) * factor;
    column++;
    if (column < columns) continue;
    column = 0;
    row++;
  }
}

function notFinite({ file, name }: SourceTensor): Error {
  return modelFileInvalid(file, `the tensor ${name} holds a number that is not finite`);
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
