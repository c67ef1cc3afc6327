/**
 * Collects the nodes of a graph and lays out its weights. Every weight tensor gets a page-aligned place in the
 * data file, so that onnxruntime can map it; the bytes are filled in later, from the sources noted here.
 */

import { bytesOfElements } from '../gguf/ggml-types.ts';
import type { SourceTensor } from '../model-source.ts';
import type {
  OnnxAttribute,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxType,
  OnnxValue,
} from './onnx-model.ts';
import { type BlockSize, fittingTarget, type WeightTarget } from './weight-scheme.ts';

/** A tensor as it is to be written: every element times its column's factor and its row's. */
export interface ScaledTensor extends SourceTensor {
  /** One for each element of a row. */
  readonly columnFactors?: Float32Array;
  /** One for each row. */
  readonly rowFactors?: Float32Array;
}

/** One stretch of weights: tensors one after another, rows on rows. */
export type WeightJob =
  | { readonly kind: 'float32'; readonly sources: readonly ScaledTensor[]; readonly offset: number }
  | {
      readonly kind: 'blocks';
      readonly bits: 8 | 4;
      readonly block: BlockSize;
      readonly sources: readonly ScaledTensor[];
      readonly quantsOffset: number;
      readonly scalesOffset: number;
    };

export interface GraphPlan {
  readonly model: OnnxModel;
  readonly jobs: readonly WeightJob[];
  readonly dataBytes: number;
  /** Bytes that will be read from the model file. */
  readonly sourceBytes: number;
}

export interface Linear {
  readonly name: string;
  readonly x: string;
  readonly sources: readonly [ScaledTensor, ...ScaledTensor[]];
  /** Blocks that do not divide a row become smaller. */
  readonly target: WeightTarget;
  /** Default: the name with `.out`. */
  readonly output?: string;
}

/** Names of a product's input and of its float32 matrix [rows, columns]. */
export interface FloatMatrix {
  readonly name: string;
  readonly x: string;
  readonly weight: string;
}

const pageBytes = 4096;

export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxInitializer[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #jobs: WeightJob[] = [];
  readonly #floatMatrices: FloatMatrix[] = [];
  #dataBytes = 0;
  #sourceBytes = 0;

  input(name: string, type: OnnxType, dims: readonly (number | string)[]): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  output(name: string, dims: readonly (number | string)[]): void {
    this.#outputs.push({ name, type: 'float32', dims });
  }

  /** @returns the first output. */
  node(
    op: string,
    inputs: readonly string[],
    outputs: readonly [string, ...string[]],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    this.#nodes.push({ op, domain: '', inputs, outputs, attributes });
    return outputs[0];
  }

  /** A node of onnxruntime's own operators. */
  contrib(
    op: string,
    inputs: readonly string[],
    outputs: readonly [string, ...string[]],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    this.#nodes.push({ op, domain: 'com.microsoft', inputs, outputs, attributes });
    return outputs[0];
  }

  int64s(values: readonly number[]): string {
    const name = `int64s_${values.join('_')}`;
    if (!this.#initializers.some((known) => known.name === name)) {
      const data = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
      this.#initializers.push({ name, type: 'int64', dims: [values.length], data });
    }
    return name;
  }

  floats(name: string, values: Float32Array): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name, type: 'float32', dims: [values.length], data });
    return name;
  }

  /** A vector of float32, whatever 16- or 32-bit float type it has in the file. */
  vector(tensor: ScaledTensor): string {
    const offset = this.#place(tensor.name, 'float32', [tensor.elements], 4);
    this.#addJob({ kind: 'float32', sources: [tensor], offset });
    return tensor.name;
  }

  /** `x` times the transpose of the tensors' rows, stacked. They must all have rows of one length. */
  linear({ name, x, sources, target, output = `${name}.out` }: Linear): string {
    const columns = sources[0].shape[0] ?? 0;
    const rows = sources.reduce((sum, tensor) => sum + (tensor.shape[1] ?? 0), 0);
    const fitting = fittingTarget(target, columns);
    if (fitting.kind === 'float32') {
      const offset = this.#place(`${name}.weight`, 'float32', [rows, columns], 4);
      this.#addJob({ kind: 'float32', sources, offset });
      this.#floatMatrices.push({ name, x, weight: `${name}.weight` });
      return this.contrib('FusedMatMul', [x, `${name}.weight`], [output], { transB: 1 });
    }
    const { bits, block } = fitting;
    const blocks = columns / block;
    const quantsOffset = this.#place(`${name}.quants`, 'uint8', [rows, blocks, (block * bits) / 8], 1);
    const scalesOffset = this.#place(`${name}.scales`, 'float32', [rows, blocks], 4);
    this.#addJob({ kind: 'blocks', bits, block, sources, quantsOffset, scalesOffset });
    // Level 4 quantises activations to 8 bits too. The others run 8-bit weights some 75 times slower.
    const attributes = { K: columns, N: rows, bits, block_size: block, accuracy_level: 4 };
    return this.contrib('MatMulNBits', [x, `${name}.quants`, `${name}.scales`], [output], attributes);
  }

  /** Those that `linear` has made so far. */
  get floatMatrices(): readonly FloatMatrix[] {
    return this.#floatMatrices;
  }

  plan(name: string, dataFile: string): GraphPlan {
    return {
      model: {
        name,
        dataFile,
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
      jobs: this.#jobs,
      dataBytes: this.#dataBytes,
      sourceBytes: this.#sourceBytes,
    };
  }

  #addJob(job: WeightJob): void {
    this.#jobs.push(job);
    for (const source of job.sources) this.#sourceBytes += bytesOfElements(source.type, source.elements);
  }

  #place(name: string, type: OnnxType, dims: readonly number[], elementBytes: number): number {
    const offset = Math.ceil(this.#dataBytes / pageBytes) * pageBytes;
    const bytes = dims.reduce((product, dim) => product * dim, elementBytes);
    this.#dataBytes = offset + bytes;
    this.#initializers.push({ name, type, dims, data: { offset, bytes } });
    return offset;
  }
}
