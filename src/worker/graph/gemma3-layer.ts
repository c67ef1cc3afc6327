/**
 * One layer of Gemma-3 as nodes of a graph, and the norms and matrices that it and the rest of the graph take from a model's files.
 */

import type { Gemma3Config } from '../gemma3-config.ts';
import { canDequantize } from '../gguf/dequantize.ts';
import { modelFileInvalid, modelUnsupported } from '../gguf/model-file-error.ts';
import type { ModelSource, SourceTensor } from '../model-source.ts';
import type { GraphBuilder, ScaledTensor } from './graph-builder.ts';
import type { GraphOptions } from './graph-variant.ts';
import { bodyTarget } from './matrix-targets.ts';
import { inverse, type SmoothingFactors, spreadOverSharers } from './smoothing.ts';
import { isSameTarget } from './weight-scheme.ts';

export interface GraphContext {
  readonly source: Pick<ModelSource, 'path' | 'tensors'>;
  readonly config: Gemma3Config;
  readonly graph: GraphBuilder;
  readonly options: GraphOptions;
  readonly factors: SmoothingFactors;
}

/** Residual stream and its normalised form, both [batch, seq, hidden]. */
export interface Stream {
  readonly residual: string;
  readonly normed: string;
}

/** The stream before the first layer, or before any that stands at the beginning of a graph. */
export function startStream(context: GraphContext, layer: number): Stream {
  const { graph, config } = context;
  const residual = graph.input('inputs_embeds', 'float32', ['batch', 'seq', config.hidden]);
  return { residual, normed: rmsNorm(context, residual, layerNorm(context, layer)) };
}

/** What the nodes of attention take from outside in every layer. */
export function addAttentionInputs({ graph, config }: GraphContext): void {
  for (const kind of ['local', 'global']) {
    graph.input(`cos_${kind}`, 'float32', ['positions', config.headDim / 2]);
    graph.input(`sin_${kind}`, 'float32', ['positions', config.headDim / 2]);
  }
  // Of each sequence the index of its last position, new ones included; and the length of the longest.
  graph.input('last_positions', 'int32', ['batch']);
  graph.input('longest', 'int32', [1]);
}

export function addLayer(context: GraphContext, layer: number, stream: Stream): Stream {
  return addFeedForward(context, layer, addAttention(context, layer, stream));
}

function addAttention(context: GraphContext, layer: number, { residual, normed }: Stream): Stream {
  const { graph, config } = context;
  const { heads, kvHeads, headDim, hidden } = config;
  const at = `blk.${layer}`;
  const kind = config.layers[layer] ?? 'global';
  const [q, k, v] = [`${at}.q`, `${at}.k`, `${at}.v`] as const;
  const columnFactors = context.factors.get(`${at}.qkv`);
  const shared = context.factors.get(`${at}.attn_output`);
  const part = (name: string, count: number) =>
    scaled(matrix(context, name, [hidden, count * headDim]), { columnFactors });
  addProjections(context, { name: `${at}.qkv`, x: normed }, [
    { tensor: part(`${at}.attn_q.weight`, heads), output: q },
    { tensor: part(`${at}.attn_k.weight`, kvHeads), output: k },
    {
      tensor: scaled(part(`${at}.attn_v.weight`, kvHeads), { rowFactors: shared && inverse(shared) }),
      output: v,
    },
  ]);
  const qNormed = headNorm(context, q, { tensor: `${at}.attn_q_norm.weight`, count: heads });
  const kNormed = headNorm(context, k, { tensor: `${at}.attn_k_norm.weight`, count: kvHeads });
  const attended = graph.contrib(
    'GroupQueryAttention',
    [
      ...[qNormed, kNormed, v],
      ...[cacheInput(context, `past_key.${layer}`, kind), cacheInput(context, `past_value.${layer}`, kind)],
      ...['last_positions', 'longest', `cos_${kind}`, `sin_${kind}`],
    ],
    [
      `${at}.attended`,
      cacheOutput(context, `present_key.${layer}`, kind),
      cacheOutput(context, `present_value.${layer}`, kind),
    ],
    {
      num_heads: heads,
      kv_num_heads: kvHeads,
      do_rotary: 1,
      scale: { float: config.attentionScale },
      // The cache of a local layer need not hold more than its window; `runtime/kv-layout.ts` says where rows stand in it.
      ...(kind === 'local' ? { local_window_size: config.window, sliding_window_cache: 1 } : {}),
    },
  );
  const output = scaled(matrix(context, `${at}.attn_output.weight`, [heads * headDim, hidden]), {
    columnFactors: shared && spreadOverSharers(shared, config),
  });
  const projected = linear(context, `${at}.attn_output`, { x: attended, tensor: output });
  return addResidual(context, residual, projected, {
    after: norm(context, `${at}.post_attention_norm.weight`),
    next: norm(context, `${at}.ffn_norm.weight`, `${at}.gate_up`),
  });
}

function addFeedForward(context: GraphContext, layer: number, { residual, normed }: Stream): Stream {
  const { graph, config } = context;
  const { hidden, feedForward } = config;
  const at = `blk.${layer}`;
  const [gate, up] = [`${at}.gate`, `${at}.up`] as const;
  const columnFactors = context.factors.get(`${at}.gate_up`);
  const own = context.factors.get(`${at}.ffn_down`);
  const part = (name: string) => scaled(matrix(context, name, [hidden, feedForward]), { columnFactors });
  addProjections(context, { name: `${at}.gate_up`, x: normed }, [
    { tensor: part(`${at}.ffn_gate.weight`), output: gate },
    { tensor: scaled(part(`${at}.ffn_up.weight`), { rowFactors: own && inverse(own) }), output: up },
  ]);
  // FastGelu is the tanh form, which is Gemma's.
  const activated = graph.contrib('FastGelu', [gate], [`${at}.activated`]);
  const gated = graph.node('Mul', [activated, up], [`${at}.gated`]);
  const down = scaled(matrix(context, `${at}.ffn_down.weight`, [feedForward, hidden]), {
    columnFactors: own,
  });
  const projected = linear(context, `${at}.ffn_down`, { x: gated, tensor: down });
  return addResidual(context, residual, projected, {
    after: norm(context, `${at}.post_ffw_norm.weight`),
    next: layerNorm(context, layer + 1),
  });
}

/** Of the input of a layer, or of the head after the last one. */
function layerNorm(context: GraphContext, layer: number): string {
  const at = `blk.${layer}`;
  const isHead = layer === context.config.layers.length;
  return isHead ? norm(context, 'output_norm.weight') : norm(context, `${at}.attn_norm.weight`, `${at}.qkv`);
}

/** @param input what the norm's output is called where it is smoothed. */
function norm(context: GraphContext, name: string, input?: string): string {
  const factors = input === undefined ? undefined : context.factors.get(input);
  const { hidden } = context.config;
  return vector(context, name, { length: hidden, columnFactors: factors && inverse(factors) });
}

/** residual + norm(branch), and that sum normalised for what comes next. */
function addResidual(
  context: GraphContext,
  residual: string,
  branch: string,
  norms: { readonly after: string; readonly next: string },
): Stream {
  const { graph, config } = context;
  const normedBranch = rmsNorm(context, branch, norms.after);
  const sum = `${branch}.sum`;
  const normed = graph.contrib(
    'SkipSimplifiedLayerNormalization',
    [residual, normedBranch, norms.next],
    [`${sum}.normed`, '', '', sum],
    { epsilon: { float: config.rmsEps } },
  );
  return { residual: sum, normed };
}

interface Projection {
  readonly tensor: ScaledTensor;
  readonly output: string;
}

/** One product, then split, where the types allow it: fewer, larger operators run faster. */
function addProjections(
  context: GraphContext,
  { name, x }: { readonly name: string; readonly x: string },
  parts: readonly [Projection, Projection, ...Projection[]],
): void {
  const { graph } = context;
  const [first, ...rest] = parts;
  const target = bodyTarget(first.tensor, context.options);
  if (rest.some(({ tensor }) => !isSameTarget(bodyTarget(tensor, context.options), target))) {
    for (const { tensor, output } of parts) linear(context, output, { x, tensor, output });
    return;
  }
  const sources = [first.tensor, ...rest.map(({ tensor }) => tensor)] as const;
  const sizes = graph.int64s(sources.map((tensor) => tensor.shape[1] ?? 0));
  const outputs = [first.output, ...rest.map(({ output }) => output)] as const;
  graph.node('Split', [graph.linear({ name, x, sources, target }), sizes], outputs, { axis: -1 });
}

function linear(
  context: GraphContext,
  name: string,
  { x, tensor, output }: { readonly x: string; readonly tensor: ScaledTensor; readonly output?: string },
): string {
  const target = bodyTarget(tensor, context.options);
  return context.graph.linear({
    name,
    x,
    sources: [tensor],
    target,
    ...(output === undefined ? {} : { output }),
  });
}

function cacheInput({ graph, config }: GraphContext, name: string, kind: string): string {
  return graph.input(name, 'float32', cacheShape(config, kind));
}

function cacheOutput({ graph, config }: GraphContext, name: string, kind: string): string {
  graph.output(name, cacheShape(config, kind));
  return name;
}

const cacheShape = ({ kvHeads, headDim }: Gemma3Config, kind: string) =>
  ['batch', kvHeads, `${kind}_capacity`, headDim] as const;

function headNorm(
  context: GraphContext,
  x: string,
  { tensor, count }: { readonly tensor: string; readonly count: number },
): string {
  const { graph, config } = context;
  const weight = vector(context, tensor, { length: config.headDim });
  if (count === 1) return rmsNorm(context, x, weight);
  const split = graph.node('Reshape', [x, graph.int64s([0, 0, count, config.headDim])], [`${x}.heads`]);
  const normed = rmsNorm(context, split, weight);
  return graph.node('Reshape', [normed, graph.int64s([0, 0, count * config.headDim])], [`${x}.joined`]);
}

function rmsNorm({ graph, config }: GraphContext, x: string, weight: string): string {
  return graph.node('SimplifiedLayerNormalization', [x, weight], [`${x}.normed`], {
    axis: -1,
    epsilon: { float: config.rmsEps },
    stash_type: 1,
  });
}

function vector(
  { source, graph }: GraphContext,
  name: string,
  { length, ...factors }: { readonly length: number } & Factors,
): string {
  const tensor = tensorOf(source, name, [length]);
  if (tensor.type.blockElements > 1) {
    throw modelUnsupported(source.path, `the norm ${name} is quantised to ${tensor.type.name}`);
  }
  return graph.vector(scaled(tensor, factors));
}

interface Factors {
  readonly columnFactors?: Float32Array | undefined;
  readonly rowFactors?: Float32Array | undefined;
}

/** The tensor with those factors that there are. */
function scaled(tensor: ScaledTensor, { columnFactors, rowFactors }: Factors): ScaledTensor {
  return {
    ...tensor,
    ...(columnFactors === undefined ? {} : { columnFactors }),
    ...(rowFactors === undefined ? {} : { rowFactors }),
  };
}

export function matrix({ source }: GraphContext, name: string, shape: readonly number[]): SourceTensor {
  return tensorOf(source, name, shape);
}

function tensorOf(source: GraphContext['source'], name: string, shape: readonly number[]): SourceTensor {
  const tensor = source.tensors.get(name);
  if (tensor === undefined) throw modelFileInvalid(source.path, `the tensor ${name} is missing`);
  if (tensor.shape.length !== shape.length || tensor.shape.some((length, i) => length !== shape[i])) {
    const shapes = `${tensor.shape.join('×')} instead of ${shape.join('×')}`;
    throw modelFileInvalid(source.path, `the tensor ${name} has the shape ${shapes}`);
  }
  if (!canDequantize(tensor.type)) {
    throw modelUnsupported(source.path, `the tensor ${name} has the type ${tensor.type.name}`);
  }
  return tensor;
}
