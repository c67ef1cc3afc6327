/**
 * Writes the fixture model as a public ONNX export: `input_ids`, `past_key_values.N.key`, `present.N.key`, `logits`. It shares with our own
 * graph nothing but the encoder of the file format: plain operators, embeddings in the graph, rotation computed from the positions, caches by
 * Concat and the window by a mask; or, as newer exports have it, GroupQueryAttention with sizes read from the attention mask.
 */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxType,
  type OnnxValue,
  onnxTypes,
} from '../../../../src/worker/graph/onnx-model.ts';
import { floatTensors } from '../model-variants.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

export interface ExportForm {
  /** Default `plain`. */
  readonly attention?: 'plain' | 'grouped';
  /** Type of caches and logits. Default `float32`. */
  readonly type?: 'float32' | 'float16';
  /** Whether it has `num_logits_to_keep`. Default false. */
  readonly keeps?: boolean;
  /** Whether local layers, with plain attention, give back no more than their window. Default false. */
  readonly forgets?: boolean;
}

const [layers, hidden, heads, headDim, window, vocab] = [6, 32, 4, 16, 16, 512];

/** @returns the directory. */
export function writeExport(form: ExportForm = {}, name = 'model.onnx'): string {
  const directory = scratchDir();
  mkdirSync(join(directory, 'onnx'));
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(fixtureFile(file), join(directory, file));
  }
  addGraph(directory, exportGraph(form), name);
  return directory;
}

/** Weights of more than a kilobyte go into the file beside it. */
export function addGraph(directory: string, model: Omit<OnnxModel, 'dataFile'>, name = 'model.onnx'): void {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const initializers = model.initializers.map((initializer): OnnxInitializer => {
    const { data } = initializer;
    if (!(data instanceof Uint8Array) || data.length < 1024) return initializer;
    parts.push(data);
    bytes += data.length;
    return { ...initializer, data: { offset: bytes - data.length, bytes: data.length } };
  });
  const folder = join(directory, 'onnx');
  writeFileSync(join(folder, name), encodeOnnxModel({ ...model, initializers, dataFile: `${name}_data` }));
  writeFileSync(join(folder, `${name}_data`), Buffer.concat(parts));
}

export function exportGraph({
  attention = 'plain',
  type = 'float32',
  keeps = false,
  forgets = false,
}: ExportForm = {}) {
  const graph = new ExportGraph({ type, forgets });
  graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  graph.input('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
  if (attention === 'plain') graph.input('position_ids', 'int64', ['batch_size', 'sequence_length']);
  if (keeps) graph.input('num_logits_to_keep', 'int64', []);
  const embedded = graph.op('Gather', [graph.weight('token_embd.weight'), 'input_ids']);
  let x = graph.op('Mul', [embedded, graph.float(Math.fround(Math.sqrt(hidden)))]);
  const context = attention === 'plain' ? plainContext(graph) : groupedContext(graph);
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}`;
    const attended = context(layer, graph.norm(x, `${at}.attn_norm.weight`));
    x = graph.op('Add', [x, graph.norm(attended, `${at}.post_attention_norm.weight`)]);
    const inner = graph.norm(x, `${at}.ffn_norm.weight`);
    const gate = graph.gelu(graph.product(inner, `${at}.ffn_gate.weight`));
    const gated = graph.op('Mul', [gate, graph.product(inner, `${at}.ffn_up.weight`)]);
    const down = graph.product(gated, `${at}.ffn_down.weight`);
    x = graph.op('Add', [x, graph.norm(down, `${at}.post_ffw_norm.weight`)]);
  }
  let last = graph.norm(x, 'output_norm.weight');
  if (keeps) last = keepLast(graph, last);
  graph.give('logits', graph.product(last, 'token_embd.weight'), ['batch_size', 'sequence_length', vocab]);
  return graph.model();
}

/** The last `num_logits_to_keep` positions; all for 0, which as a start counted from the end is the beginning. */
function keepLast(graph: ExportGraph, x: string): string {
  const keep = graph.op('Reshape', ['num_logits_to_keep', graph.ints([1])]);
  const start = graph.op('Neg', [keep]);
  return graph.op('Slice', [x, start, graph.ints([2 ** 31 - 1]), graph.ints([1])]);
}

type Attention = (layer: number, normed: string) => string;
const isGlobal = (layer: number) => layer === layers - 1;

function plainContext(graph: ExportGraph): Attention {
  const rotations = [false, true].map((global) => {
    const base = global ? 1e6 : 1e4;
    const steps = Float32Array.from({ length: headDim / 2 }, (_, i) => base ** ((-2 * i) / headDim));
    const at = graph.op('Cast', [graph.unsqueezed('position_ids', -1)], { to: 1 });
    const angles = graph.op('Mul', [at, graph.floats(steps, [headDim / 2])]);
    const both = graph.unsqueezed(graph.op('Concat', [angles, angles], { axis: -1 }), 1);
    return { cos: graph.op('Cos', [both]), sin: graph.op('Sin', [both]) };
  });
  const masks = [false, true].map((global) => plainMask(graph, global));
  return (layer, normed) => {
    const at = `blk.${layer}`;
    const pick = isGlobal(layer) ? 1 : 0;
    const { cos = '', sin = '' } = rotations[pick] ?? {};
    const q = graph.rotated(graph.normedHeads(normed, `${at}.attn_q`, heads), { cos, sin });
    const newKeys = graph.rotated(graph.normedHeads(normed, `${at}.attn_k`, 1), { cos, sin });
    const newValues = graph.heads(graph.product(normed, `${at}.attn_v.weight`), 1);
    const k = graph.appended(layer, 'key', newKeys);
    const v = graph.appended(layer, 'value', newValues);
    const scores = graph.op('MatMul', [q, graph.op('Transpose', [k], { perm: [0, 1, 3, 2] })]);
    const scaled = graph.op('Mul', [scores, graph.float(headDim ** -0.5)]);
    const masked = graph.op('Where', [masks[pick] ?? '', scaled, graph.float(-3e38)]);
    const mixed = graph.op('MatMul', [graph.op('Softmax', [masked], { axis: -1 }), v]);
    return graph.product(graph.joined(mixed), `${at}.attn_output.weight`);
  };
}

/** [batch, 1, new, all]: whether a new position sees one of all. */
function plainMask(graph: ExportGraph, global: boolean): string {
  const total = graph.op('Gather', [graph.op('Shape', ['attention_mask']), graph.int(1)]);
  const all = graph.op('Range', [graph.int(0), total, graph.int(1)]);
  const own = graph.unsqueezed(graph.unsqueezed('position_ids', 1), -1);
  const isThere = graph.op('Cast', [graph.unsqueezed(graph.unsqueezed('attention_mask', 1), 1)], { to: 9 });
  const isPast = graph.op('And', [graph.op('LessOrEqual', [all, own]), isThere]);
  if (global) return isPast;
  const isNear = graph.op('Greater', [all, graph.op('Sub', [own, graph.int(window)])]);
  return graph.op('And', [isPast, isNear]);
}

function groupedContext(graph: ExportGraph): Attention {
  const lengths = graph.op('ReduceSum', ['attention_mask', graph.ints([1])], { keepdims: 0 });
  const lasts = graph.op('Cast', [graph.op('Sub', [lengths, graph.int(1)])], { to: onnxTypes.int32 });
  const total = graph.op('Gather', [graph.op('Shape', ['attention_mask']), graph.int(1)]);
  const longest = graph.op('Cast', [total], { to: onnxTypes.int32 });
  const positions = 512;
  const tables = [1e4, 1e6].map((base) => {
    const table = (of: (angle: number) => number) =>
      Float32Array.from({ length: (positions * headDim) / 2 }, (_, i) =>
        of(Math.floor((2 * i) / headDim) * base ** ((-2 * (i % (headDim / 2))) / headDim)),
      );
    const shape = [positions, headDim / 2];
    return [graph.floats(table(Math.cos), shape), graph.floats(table(Math.sin), shape)] as const;
  });
  return (layer, normed) => {
    const at = `blk.${layer}`;
    const q = graph.joined(graph.normedHeads(normed, `${at}.attn_q`, heads));
    const k = graph.joined(graph.normedHeads(normed, `${at}.attn_k`, 1));
    const v = graph.product(normed, `${at}.attn_v.weight`);
    const [cos = '', sin = ''] = tables[isGlobal(layer) ? 1 : 0] ?? [];
    const mixed = graph.grouped(layer, [q, k, v, lasts, longest, cos, sin], isGlobal(layer) ? -1 : window);
    return graph.product(mixed, `${at}.attn_output.weight`);
  };
}

class ExportGraph {
  readonly #type: 'float32' | 'float16';
  readonly #forgets: boolean;
  readonly #tensors = new Map(floatTensors('model.gguf').map((tensor) => [tensor.name, tensor]));
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];

  constructor({ type, forgets }: Required<Pick<ExportForm, 'type' | 'forgets'>>) {
    this.#type = type;
    this.#forgets = forgets;
  }

  model(): Omit<OnnxModel, 'dataFile'> {
    return {
      name: 'main_graph',
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  input(name: string, type: OnnxType, dims: readonly (number | string)[]): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** An output of the export, of its own type. */
  give(name: string, value: string, dims: readonly (number | string)[]): void {
    this.#node('Cast', [value], [name], { to: onnxTypes[this.#type] });
    this.#outputs.push({ name, type: this.#type, dims });
  }

  op(
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const output = `${name}_out_${this.#nodes.length}`;
    this.#node(name, inputs, [output], attributes);
    return output;
  }

  weight(name: string): string {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Error(`the fixture has no ${name}`);
    return this.floats(tensor.values, tensor.shape.toReversed(), name);
  }

  /** x · Wᵀ, as the file has W. */
  product(x: string, name: string): string {
    return this.op('MatMul', [x, this.op('Transpose', [this.weight(name)], { perm: [1, 0] })]);
  }

  norm(x: string, weight: string): string {
    const squares = this.op('ReduceMean', [this.op('Mul', [x, x]), this.ints([-1])], { keepdims: 1 });
    const root = this.op('Sqrt', [this.op('Add', [squares, this.float(1e-6)])]);
    return this.op('Mul', [this.op('Div', [x, root]), this.weight(weight)]);
  }

  gelu(x: string): string {
    const cube = this.op('Mul', [this.op('Mul', [x, x]), x]);
    const inner = this.op('Add', [x, this.op('Mul', [cube, this.float(0.044715)])]);
    const tanh = this.op('Tanh', [this.op('Mul', [inner, this.float(Math.sqrt(2 / Math.PI))])]);
    return this.op('Mul', [this.op('Mul', [x, this.float(0.5)]), this.op('Add', [tanh, this.float(1)])]);
  }

  /** [batch, heads, positions, headDim] */
  heads(x: string, count: number): string {
    const split = this.op('Reshape', [x, this.ints([0, 0, count, headDim])]);
    return this.op('Transpose', [split], { perm: [0, 2, 1, 3] });
  }

  normedHeads(x: string, of: string, count: number): string {
    return this.norm(this.heads(this.product(x, `${of}.weight`), count), `${of}_norm.weight`);
  }

  joined(x: string): string {
    return this.op('Reshape', [this.op('Transpose', [x], { perm: [0, 2, 1, 3] }), this.ints([0, 0, -1])]);
  }

  rotated(x: string, { cos, sin }: { readonly cos: string; readonly sin: string }): string {
    const half = (from: number, to: number) =>
      this.op('Slice', [x, this.ints([from]), this.ints([to]), this.ints([-1])]);
    const turned = this.op('Concat', [this.op('Neg', [half(headDim / 2, headDim)]), half(0, headDim / 2)], {
      axis: -1,
    });
    return this.op('Add', [this.op('Mul', [x, cos]), this.op('Mul', [turned, sin])]);
  }

  appended(layer: number, part: 'key' | 'value', added: string): string {
    const all = this.op('Concat', [this.#past(layer, part), added], { axis: 2 });
    const kept =
      this.#forgets && !isGlobal(layer)
        ? this.op('Slice', [all, this.ints([-window]), this.ints([2 ** 31 - 1]), this.ints([2])])
        : all;
    this.give(`present.${layer}.${part}`, kept, cacheDims('total_sequence_length'));
    return all;
  }

  grouped(layer: number, [q = '', k = '', v = '', ...rest]: readonly string[], local: number): string {
    const parts = ['key', 'value'] as const;
    const [mixed, ...presents] = ['mixed', ...parts].map((part) => `grouped.${layer}.${part}`);
    this.#nodes.push({
      ...{ op: 'GroupQueryAttention', domain: 'com.microsoft' },
      inputs: [q, k, v, ...parts.map((part) => this.#past(layer, part)), ...rest],
      outputs: [mixed ?? '', ...presents],
      attributes: {
        ...{ num_heads: heads, kv_num_heads: 1, do_rotary: 1, local_window_size: local },
        scale: { float: headDim ** -0.5 },
      },
    });
    for (const [index, part] of parts.entries()) {
      this.give(`present.${layer}.${part}`, presents[index] ?? '', cacheDims('total_sequence_length'));
    }
    return mixed ?? '';
  }

  unsqueezed(x: string, axis: number): string {
    return this.op('Unsqueeze', [x, this.ints([axis])]);
  }

  float(value: number): string {
    return this.floats(Float32Array.of(value), [], `float_${value}`);
  }

  floats(values: Float32Array, dims: readonly number[], name = `floats_${this.#initializers.size}`): string {
    const data = new Uint8Array(
      values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength),
    );
    return this.#initializer({ name, type: 'float32', dims, data });
  }

  int(value: number): string {
    return this.#int64s(`int_${value}`, [value], []);
  }

  ints(values: readonly number[]): string {
    return this.#int64s(`ints_${values.join('_')}`, values, [values.length]);
  }

  #int64s(name: string, values: readonly number[], dims: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#initializer({ name, type: 'int64', dims, data });
  }

  #initializer(initializer: OnnxInitializer): string {
    this.#initializers.set(initializer.name, initializer);
    return initializer.name;
  }

  #past(layer: number, part: 'key' | 'value'): string {
    const name = this.input(
      `past_key_values.${layer}.${part}`,
      this.#type,
      cacheDims('past_sequence_length'),
    );
    return this.op('Cast', [name], { to: onnxTypes.float32 });
  }

  #node(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): void {
    this.#nodes.push({ op, domain: '', inputs, outputs, attributes });
  }
}

const cacheDims = (positions: string) => ['batch_size', 1, positions, headDim] as const;
