/**
 * One layer of a model in float32 that also says how large the channels of its matrices' inputs are. It runs alone, on what the layer before it gave: so no
 * more than a layer is ever in memory.
 */

import type { ModelSource } from '../model-source.ts';
import { addAttentionInputs, addLayer, startStream } from './gemma3-layer.ts';
import { GraphBuilder, type GraphPlan } from './graph-builder.ts';
import { headInput } from './matrix-targets.ts';
import { noSmoothing } from './smoothing.ts';

/** Names of outputs, each [channels]. */
interface SeenInput {
  /** `blk.0.qkv` and so on. */
  readonly name: string;
  /** Sums of squares over the text but for its first position, which is far larger than all others. */
  readonly squares: string;
  /** Those of the matrix' columns. Undefined for the head's, which is no part of a layer. */
  readonly columns: string | undefined;
}

export interface CalibrationGraph {
  readonly plan: GraphPlan;
  /** Name of the output that the next layer takes. */
  readonly residual: string;
  readonly inputs: readonly SeenInput[];
}

/**
 * @param layer from 0. The graph of the last one also has the head's input.
 * @param dataFile name of the file with its weights, in the graph's own directory.
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when a tensor is missing or has a wrong shape, WORKER_MODEL_UNSUPPORTED for its type.
 */
export function planCalibrationGraph(
  source: Pick<ModelSource, 'path' | 'tensors' | 'config'>,
  layer: number,
  dataFile: string,
): CalibrationGraph {
  const graph = new GraphBuilder();
  const { config } = source;
  const context = { source, config, graph, options: { weights: 'float' }, factors: noSmoothing } as const;
  const { residual, normed } = addLayer(context, layer, startStream(context, layer));
  addAttentionInputs(context);
  graph.output(residual, ['batch', 'seq', config.hidden]);
  const inputs: SeenInput[] = graph.floatMatrices.map(({ name, x, weight }) => ({
    name,
    squares: addInputSquares(graph, name, x),
    columns: addSquares(graph, `${name}.columns`, { of: weight, over: [0] }),
  }));
  if (layer + 1 === config.layers.length) {
    inputs.push({ name: headInput, squares: addInputSquares(graph, headInput, normed), columns: undefined });
  }
  return { plan: graph.plan('gemma3_layer', dataFile), residual, inputs };
}

function addInputSquares(graph: GraphBuilder, name: string, x: string): string {
  const one = graph.int64s([1]);
  const later = graph.node('Slice', [x, one, graph.int64s([2 ** 31]), one], [`${name}.later`]);
  return addSquares(graph, `${name}.squares`, { of: later, over: [0, 1] });
}

function addSquares(
  graph: GraphBuilder,
  name: string,
  { of, over }: { readonly of: string; readonly over: readonly number[] },
): string {
  graph.node('ReduceSumSquare', [of, graph.int64s(over)], [name], { keepdims: 0 });
  graph.output(name, [`${name}.channels`]);
  return name;
}

/** Bytes that are read of a model's files for all of its layers. */
export function calibrationBytes(source: Pick<ModelSource, 'path' | 'tensors' | 'config'>): number {
  return source.config.layers.reduce(
    (sum, _, layer) => sum + planCalibrationGraph(source, layer, '').plan.sourceBytes,
    0,
  );
}
