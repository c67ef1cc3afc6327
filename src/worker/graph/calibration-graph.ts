/**
 * One layer of a model in float32 that also says how large the channels of its matrices' inputs are. It runs alone, on what the layer before it gave: so no
 * more than a layer is ever in memory.
 */

import type { ModelSource } from '../model-source.ts';
import { addAttentionInputs, addLayer, startStream } from './gemma3-layer.ts';
import { GraphBuilder, type GraphPlan } from './graph-builder.ts';
import { noSmoothing } from './smoothing.ts';

export interface CalibrationGraph {
  readonly plan: GraphPlan;
  /** Names of outputs. */
  readonly residual: string;
  readonly inputs: readonly {
    /** `blk.0.qkv` and so on. */
    readonly name: string;
    /** Sums of squares [channels]: of the input without its first position, which is far larger than all others; and of the matrix' columns. */
    readonly squares: string;
    readonly columns: string;
  }[];
}

export function planCalibrationGraph(
  source: Pick<ModelSource, 'path' | 'tensors' | 'config'>,
  layer: number,
  dataFile: string,
): CalibrationGraph {
  const graph = new GraphBuilder();
  const { config } = source;
  const context = { source, config, graph, options: { weights: 'float' }, factors: noSmoothing } as const;
  const { residual } = addLayer(context, layer, startStream(context, layer));
  addAttentionInputs(context);
  graph.output(residual, ['batch', 'seq', config.hidden]);
  const inputs = graph.floatMatrices.map(({ name, x, weight }) => {
    const one = graph.int64s([1]);
    const later = graph.node('Slice', [x, one, graph.int64s([2 ** 31]), one], [`${name}.later`]);
    const squares = graph.node('ReduceSumSquare', [later, graph.int64s([0, 1])], [`${name}.squares`], {
      keepdims: 0,
    });
    const columns = graph.node('ReduceSumSquare', [weight, graph.int64s([0])], [`${name}.columns`], {
      keepdims: 0,
    });
    graph.output(squares, [`${name}.channels`]);
    graph.output(columns, [`${name}.channels`]);
    return { name, squares, columns };
  });
  return { plan: graph.plan('gemma3_layer', dataFile), residual, inputs };
}

/** Bytes that are read of a model's files for all of its layers. */
export function calibrationBytes(source: Pick<ModelSource, 'path' | 'tensors' | 'config'>): number {
  return source.config.layers.reduce(
    (sum, _, layer) => sum + planCalibrationGraph(source, layer, '').plan.sourceBytes,
    0,
  );
}
