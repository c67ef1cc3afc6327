/**
 * Gemma-3 as an ONNX graph of onnxruntime's fused operators. One run takes the embeddings of new positions of a batch of
 * sequences and appends to their keys and values in place: each past input wants to be the memory of its present output. It gives logits, and
 * the hidden states that they come from, for the rows it is asked for. Embeddings and rotation tables are inputs.
 */

import type { Gemma3Config } from '../gemma3-config.ts';
import { canDequantize } from '../gguf/dequantize.ts';
import { modelFileInvalid, modelUnsupported } from '../gguf/model-file-error.ts';
import type { ModelSource, SourceTensor } from '../model-source.ts';
import { GraphBuilder, type GraphPlan } from './graph-builder.ts';
import { dataFileName } from './graph-entry-runtime.ts';
import type { GraphOptions } from './graph-variant.ts';
import { type BlockSize, isSameTarget, type WeightTarget, weightTarget } from './weight-scheme.ts';

interface Context {
  readonly source: Pick<ModelSource, 'path' | 'tensors'>;
  readonly config: Gemma3Config;
  readonly graph: GraphBuilder;
  readonly options: GraphOptions;
}

/**
 * Elements that share a scale where a scheme is free to choose. Activations are quantised by the same blocks as weights, so small ones
 * keep closer to float32. In the body blocks of 16 cost no time that could be measured, and change no weight of a Q8_0 file. The head, two
 * thirds of a small model, is read faster in blocks of 128, and what counts of it is scored again (`runtime/rescore-shortlist.ts`).
 */
const bodyBlock: BlockSize = 16;
const headBlock: BlockSize = 128;

/** Residual stream and its normalised form, both [batch, seq, hidden]. */
interface Stream {
  readonly residual: string;
  readonly normed: string;
}

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a tensor is missing or has a wrong shape,
 *   WORKER_MODEL_UNSUPPORTED when it has a type that we cannot read.
 */
export function planGemma3Graph(
  source: Pick<ModelSource, 'path' | 'tensors' | 'config'>,
  options: GraphOptions = {},
): GraphPlan {
  const graph = new GraphBuilder();
  const { config } = source;
  const context = { source, config, graph, options };
  const { hidden, headDim } = config;
  const residual = graph.input('inputs_embeds', 'float32', ['batch', 'seq', hidden]);
  for (const kind of ['local', 'global']) {
    graph.input(`cos_${kind}`, 'float32', ['positions', headDim / 2]);
    graph.input(`sin_${kind}`, 'float32', ['positions', headDim / 2]);
  }
  // Of each sequence the index of its last position, new ones included; and the length of the longest.
  graph.input('last_positions', 'int32', ['batch']);
  graph.input('longest', 'int32', [1]);
  graph.input('rows', 'int64', ['rows']);
  let stream: Stream = {
    residual,
    normed: rmsNorm(context, residual, vector(context, 'blk.0.attn_norm.weight', hidden)),
  };
  for (let layer = 0; layer < config.layers.length; layer++) {
    stream = addFeedForward(context, layer, addAttention(context, layer, stream));
  }
  addHead(context, stream.normed);
  return graph.plan('gemma3', dataFileName);
}

function addHead(context: Context, normed: string): void {
  const { graph, config, options, source } = context;
  const { hidden, vocabSize } = config;
  const flat = graph.node('Reshape', [normed, graph.int64s([-1, hidden])], ['flat']);
  const states = graph.node('Gather', [flat, 'rows'], ['hidden'], { axis: 0 });
  const tied = !source.tensors.has('output.weight');
  const head = matrix(context, tied ? 'token_embd.weight' : 'output.weight', [hidden, vocabSize]);
  const target: WeightTarget =
    options.head === '4-bit'
      ? { kind: 'blocks', bits: 4, block: headBlock }
      : targetOf(context, head, headBlock);
  graph.linear({ name: 'head', x: states, sources: [head], target, output: 'logits' });
  graph.output('logits', ['rows', vocabSize]);
  graph.output('hidden', ['rows', hidden]);
}

function addAttention(context: Context, layer: number, { residual, normed }: Stream): Stream {
  const { graph, config } = context;
  const { heads, kvHeads, headDim, hidden } = config;
  const at = `blk.${layer}`;
  const kind = config.layers[layer] ?? 'global';
  const [q, k, v] = [`${at}.q`, `${at}.k`, `${at}.v`] as const;
  addProjections(context, { name: `${at}.qkv`, x: normed }, [
    { tensor: matrix(context, `${at}.attn_q.weight`, [hidden, heads * headDim]), output: q },
    { tensor: matrix(context, `${at}.attn_k.weight`, [hidden, kvHeads * headDim]), output: k },
    { tensor: matrix(context, `${at}.attn_v.weight`, [hidden, kvHeads * headDim]), output: v },
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
  const output = matrix(context, `${at}.attn_output.weight`, [heads * headDim, hidden]);
  const projected = linear(context, `${at}.attn_output`, { x: attended, tensor: output });
  return addResidual(context, residual, projected, {
    after: `${at}.post_attention_norm.weight`,
    next: `${at}.ffn_norm.weight`,
  });
}

function addFeedForward(context: Context, layer: number, { residual, normed }: Stream): Stream {
  const { graph, config } = context;
  const { hidden, feedForward } = config;
  const at = `blk.${layer}`;
  const [gate, up] = [`${at}.gate`, `${at}.up`] as const;
  addProjections(context, { name: `${at}.gate_up`, x: normed }, [
    { tensor: matrix(context, `${at}.ffn_gate.weight`, [hidden, feedForward]), output: gate },
    { tensor: matrix(context, `${at}.ffn_up.weight`, [hidden, feedForward]), output: up },
  ]);
  // FastGelu is the tanh form, which is Gemma's.
  const activated = graph.contrib('FastGelu', [gate], [`${at}.activated`]);
  const gated = graph.node('Mul', [activated, up], [`${at}.gated`]);
  const down = matrix(context, `${at}.ffn_down.weight`, [feedForward, hidden]);
  const projected = linear(context, `${at}.ffn_down`, { x: gated, tensor: down });
  const isLast = layer + 1 === config.layers.length;
  return addResidual(context, residual, projected, {
    after: `${at}.post_ffw_norm.weight`,
    next: isLast ? 'output_norm.weight' : `blk.${layer + 1}.attn_norm.weight`,
  });
}

/** residual + norm(branch), and that sum normalised for what comes next. */
function addResidual(
  context: Context,
  residual: string,
  branch: string,
  norms: { readonly after: string; readonly next: string },
): Stream {
  const { graph, config } = context;
  const normedBranch = rmsNorm(context, branch, vector(context, norms.after, config.hidden));
  const sum = `${branch}.sum`;
  const normed = graph.contrib(
    'SkipSimplifiedLayerNormalization',
    [residual, normedBranch, vector(context, norms.next, config.hidden)],
    [`${sum}.normed`, '', '', sum],
    { epsilon: { float: config.rmsEps } },
  );
  return { residual: sum, normed };
}

interface Projection {
  readonly tensor: SourceTensor;
  readonly output: string;
}

/** One product, then split, where the types allow it: fewer, larger operators run faster. */
function addProjections(
  context: Context,
  { name, x }: { readonly name: string; readonly x: string },
  parts: readonly [Projection, Projection, ...Projection[]],
): void {
  const { graph } = context;
  const [first, ...rest] = parts;
  const target = targetOf(context, first.tensor);
  if (rest.some(({ tensor }) => !isSameTarget(targetOf(context, tensor), target))) {
    for (const { tensor, output } of parts) linear(context, output, { x, tensor, output });
    return;
  }
  const sources = [first.tensor, ...rest.map(({ tensor }) => tensor)] as const;
  const sizes = graph.int64s(sources.map((tensor) => tensor.shape[1] ?? 0));
  const outputs = [first.output, ...rest.map(({ output }) => output)] as const;
  graph.node('Split', [graph.linear({ name, x, sources, target }), sizes], outputs, { axis: -1 });
}

function linear(
  context: Context,
  name: string,
  { x, tensor, output }: { readonly x: string; readonly tensor: SourceTensor; readonly output?: string },
): string {
  const target = targetOf(context, tensor);
  return context.graph.linear({
    name,
    x,
    sources: [tensor],
    target,
    ...(output === undefined ? {} : { output }),
  });
}

function targetOf({ options }: Context, { type }: SourceTensor, block = bodyBlock): WeightTarget {
  return weightTarget(type, options.weights ?? 'auto', { block: options.block ?? block });
}

function cacheInput({ graph, config }: Context, name: string, kind: string): string {
  return graph.input(name, 'float32', cacheShape(config, kind));
}

function cacheOutput({ graph, config }: Context, name: string, kind: string): string {
  graph.output(name, cacheShape(config, kind));
  return name;
}

const cacheShape = ({ kvHeads, headDim }: Gemma3Config, kind: string) =>
  ['batch', kvHeads, `${kind}_capacity`, headDim] as const;

function headNorm(
  context: Context,
  x: string,
  { tensor, count }: { readonly tensor: string; readonly count: number },
): string {
  const { graph, config } = context;
  const weight = vector(context, tensor, config.headDim);
  if (count === 1) return rmsNorm(context, x, weight);
  const split = graph.node('Reshape', [x, graph.int64s([0, 0, count, config.headDim])], [`${x}.heads`]);
  const normed = rmsNorm(context, split, weight);
  return graph.node('Reshape', [normed, graph.int64s([0, 0, count * config.headDim])], [`${x}.joined`]);
}

function rmsNorm({ graph, config }: Context, x: string, weight: string): string {
  return graph.node('SimplifiedLayerNormalization', [x, weight], [`${x}.normed`], {
    axis: -1,
    epsilon: { float: config.rmsEps },
    stash_type: 1,
  });
}

function vector({ source, graph }: Context, name: string, length: number): string {
  const tensor = tensorOf(source, name, [length]);
  if (tensor.type.blockElements > 1) {
    throw modelUnsupported(source.path, `the norm ${name} is quantised to ${tensor.type.name}`);
  }
  return graph.vector(tensor);
}

function matrix({ source }: Context, name: string, shape: readonly number[]): SourceTensor {
  return tensorOf(source, name, shape);
}

function tensorOf(source: Context['source'], name: string, shape: readonly number[]): SourceTensor {
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
