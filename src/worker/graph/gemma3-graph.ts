/**
 * Gemma-3 as an ONNX graph of onnxruntime's fused operators. One run takes the embeddings of new positions of a batch of
 * sequences and appends to their keys and values in place: each past input wants to be the memory of its present output. It gives logits, and
 * the hidden states that they come from, for the rows it is asked for. Embeddings and rotation tables are inputs.
 */

import type { ModelSource } from '../model-source.ts';
import { addAttentionInputs, addLayer, type GraphContext, matrix, startStream } from './gemma3-layer.ts';
import { GraphBuilder, type GraphPlan } from './graph-builder.ts';
import { dataFileName } from './graph-entry-runtime.ts';
import type { GraphOptions } from './graph-variant.ts';
import { headInput, headTarget } from './matrix-targets.ts';
import { inverse, noSmoothing, type SmoothingFactors } from './smoothing.ts';

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a tensor is missing or has a wrong shape,
 *   WORKER_MODEL_UNSUPPORTED when it has a type that we cannot read.
 */
export function planGemma3Graph(
  source: Pick<ModelSource, 'path' | 'tensors' | 'config'>,
  options: GraphOptions = {},
  factors: SmoothingFactors = noSmoothing,
): GraphPlan {
  const graph = new GraphBuilder();
  const { config } = source;
  const context = { source, config, graph, options, factors };
  let stream = startStream(context, 0);
  addAttentionInputs(context);
  graph.input('rows', 'int64', ['rows']);
  for (let layer = 0; layer < config.layers.length; layer++) stream = addLayer(context, layer, stream);
  addHead(context, stream.normed);
  return graph.plan('gemma3', dataFileName);
}

function addHead(context: GraphContext, normed: string): void {
  const { graph, config, options, source, factors } = context;
  const { hidden, vocabSize } = config;
  const flat = graph.node('Reshape', [normed, graph.int64s([-1, hidden])], ['flat']);
  const states = graph.node('Gather', [flat, 'rows'], ['hidden'], { axis: 0 });
  const tied = !source.tensors.has('output.weight');
  const head = matrix(context, tied ? 'token_embd.weight' : 'output.weight', [hidden, vocabSize]);
  const columnFactors = factors.get(headInput);
  // `hidden` stays as it is, for whoever scores tokens again with the file's own rows.
  const x =
    columnFactors === undefined
      ? states
      : graph.node('Mul', [states, graph.floats('head.factors', inverse(columnFactors))], ['smoothed']);
  const sources = [columnFactors === undefined ? head : { ...head, columnFactors }] as const;
  graph.linear({ name: 'head', x, sources, target: headTarget(head, options), output: 'logits' });
  graph.output('logits', ['rows', vocabSize]);
  graph.output('hidden', ['rows', hidden]);
}
