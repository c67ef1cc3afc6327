/**
 * Gemma-3 as an ONNX graph of onnxruntime's fused operators. One run takes the embeddings of some new positions and the
 * keys and values before them, and gives the keys and values of the new positions alone (the caller appends them), and
 * logits for the rows it asks for. It knows no vocabulary, no token ids and no context limit: embeddings and rotation tables are inputs.
 */

import { canDequantize } from '../gguf/dequantize.ts';
import type { Gemma3Config } from '../gguf/gemma3-config.ts';
import type { Gguf, GgufTensor } from '../gguf/gguf-header.ts';
import { modelFileInvalid, modelUnsupported } from '../gguf/model-file-error.ts';
import { GraphBuilder, type GraphPlan } from './graph-builder.ts';
import { packedBlockOf } from './pack-blocks.ts';

export const dataFileName = 'weights.bin';

interface Context {
  readonly gguf: Gguf;
  readonly config: Gemma3Config;
  readonly graph: GraphBuilder;
}

/** Residual stream and its normalised form, both [1, seq, hidden]. */
interface Stream {
  readonly residual: string;
  readonly normed: string;
}

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a tensor is missing or has a wrong shape,
 *   WORKER_MODEL_UNSUPPORTED when it has a type that we cannot read.
 */
export function planGemma3Graph(gguf: Gguf, config: Gemma3Config): GraphPlan {
  const graph = new GraphBuilder();
  const context = { gguf, config, graph };
  const { hidden, headDim, vocabSize } = config;
  const residual = graph.input('inputs_embeds', 'float32', [1, 'seq', hidden]);
  for (const kind of ['local', 'global']) {
    graph.input(`cos_${kind}`, 'float32', ['seq', headDim / 2]);
    graph.input(`sin_${kind}`, 'float32', ['seq', headDim / 2]);
    graph.input(`last_${kind}`, 'int32', [1]);
    graph.input(`total_${kind}`, 'int32', [1]);
  }
  graph.input('rows', 'int64', ['rows']);
  let stream: Stream = {
    residual,
    normed: rmsNorm(context, residual, vector(context, 'blk.0.attn_norm.weight', hidden)),
  };
  for (let layer = 0; layer < config.layers.length; layer++) {
    stream = addFeedForward(context, layer, addAttention(context, layer, stream));
  }
  const flat = graph.node('Reshape', [stream.normed, graph.int64s([-1, hidden])], ['flat']);
  const selected = graph.node('Gather', [flat, 'rows'], ['selected'], { axis: 0 });
  const embedding = matrix(context, 'token_embd.weight', [hidden, vocabSize]);
  const tied = !gguf.tensors.has('output.weight');
  const head = tied ? embedding : matrix(context, 'output.weight', [hidden, vocabSize]);
  graph.linear({ name: 'head', x: selected, sources: [head], output: 'logits' });
  graph.output('logits', ['rows', vocabSize]);
  return graph.plan('gemma3', dataFileName);
}

function addAttention(context: Context, layer: number, { residual, normed }: Stream): Stream {
  const { graph, config } = context;
  const { heads, kvHeads, headDim, hidden } = config;
  const at = `blk.${layer}`;
  const kind = config.layers[layer] ?? 'global';
  const [q, k, v] = [`${at}.q`, `${at}.k`, `new_value.${layer}`] as const;
  addProjections(context, { name: `${at}.qkv`, x: normed }, [
    { tensor: matrix(context, `${at}.attn_q.weight`, [hidden, heads * headDim]), output: q },
    { tensor: matrix(context, `${at}.attn_k.weight`, [hidden, kvHeads * headDim]), output: k },
    { tensor: matrix(context, `${at}.attn_v.weight`, [hidden, kvHeads * headDim]), output: v },
  ]);
  const rotate = (x: string, count: number, name: string) =>
    graph.contrib('RotaryEmbedding', [x, graph.int64s([0]), `cos_${kind}`, `sin_${kind}`], [name], {
      num_heads: count,
      interleaved: 0,
    });
  const qNormed = headNorm(context, q, { tensor: `${at}.attn_q_norm.weight`, count: heads });
  const kNormed = headNorm(context, k, { tensor: `${at}.attn_k_norm.weight`, count: kvHeads });
  const qRotated = rotate(qNormed, heads, `${at}.q_rotated`);
  const kRotated = rotate(kNormed, kvHeads, `new_key.${layer}`);
  graph.output(`new_key.${layer}`, [1, 'seq', kvHeads * headDim]);
  graph.output(`new_value.${layer}`, [1, 'seq', kvHeads * headDim]);
  const past = ['key', 'value'].map((part) => pastInput(context, `past_${part}.${layer}`, `past_${kind}`));
  const attended = graph.contrib(
    'GroupQueryAttention',
    [qRotated, kRotated, v, ...past, `last_${kind}`, `total_${kind}`],
    // The presents are past and new rows joined. Nobody reads them, but leaving them out gives wrong results.
    [`${at}.attended`, `${at}.present_key`, `${at}.present_value`],
    {
      num_heads: heads,
      kv_num_heads: kvHeads,
      scale: { float: config.attentionScale },
      ...(kind === 'local' ? { local_window_size: config.window } : {}),
    },
  );
  const output = matrix(context, `${at}.attn_output.weight`, [heads * headDim, hidden]);
  const projected = graph.linear({ name: `${at}.attn_output`, x: attended, sources: [output] });
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
  const projected = graph.linear({ name: `${at}.ffn_down`, x: gated, sources: [down] });
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
  readonly tensor: GgufTensor;
  readonly output: string;
}

/** One product, then split, where the types allow it: fewer, larger operators run faster. */
function addProjections(
  { graph }: Context,
  { name, x }: { readonly name: string; readonly x: string },
  parts: readonly [Projection, Projection, ...Projection[]],
): void {
  const [first, ...rest] = parts;
  const block = packedBlockOf(first.tensor.type);
  if (rest.some(({ tensor }) => packedBlockOf(tensor.type) !== block)) {
    for (const { tensor, output } of parts) graph.linear({ name: output, x, sources: [tensor], output });
    return;
  }
  const sources = [first.tensor, ...rest.map(({ tensor }) => tensor)] as const;
  const sizes = graph.int64s(sources.map((tensor) => tensor.shape[1] ?? 0));
  const outputs = [first.output, ...rest.map(({ output }) => output)] as const;
  graph.node('Split', [graph.linear({ name, x, sources }), sizes], outputs, { axis: -1 });
}

/** The caller keeps rows of all heads; attention wants heads of all rows, which with one head is the same. */
function pastInput({ graph, config }: Context, name: string, length: string): string {
  const { kvHeads, headDim } = config;
  if (kvHeads === 1) return graph.input(name, 'float32', [1, 1, length, headDim]);
  graph.input(name, 'float32', [1, length, kvHeads, headDim]);
  return graph.node('Transpose', [name], [`${name}.heads`], { perm: [0, 2, 1, 3] });
}

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

function vector({ gguf, graph }: Context, name: string, length: number): string {
  const tensor = tensorOf(gguf, name, [length]);
  if (packedBlockOf(tensor.type) !== undefined) {
    throw modelUnsupported(gguf.file, `the norm ${name} is quantised to ${tensor.type.name}`);
  }
  return graph.vector(tensor);
}

function matrix({ gguf }: Context, name: string, shape: readonly number[]): GgufTensor {
  return tensorOf(gguf, name, shape);
}

function tensorOf(gguf: Gguf, name: string, shape: readonly number[]): GgufTensor {
  const tensor = gguf.tensors.get(name);
  if (tensor === undefined) throw modelFileInvalid(gguf.file, `the tensor ${name} is missing`);
  if (tensor.shape.length !== shape.length || tensor.shape.some((length, i) => length !== shape[i])) {
    const shapes = `${tensor.shape.join('×')} instead of ${shape.join('×')}`;
    throw modelFileInvalid(gguf.file, `the tensor ${name} has the shape ${shapes}`);
  }
  if (!canDequantize(tensor.type)) {
    throw modelUnsupported(gguf.file, `the tensor ${name} has the type ${tensor.type.name}`);
  }
  return tensor;
}
