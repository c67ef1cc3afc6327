/**
 * Runs a model's layers in float32 over the calibration text, each in a session of its own whose files are removed after it, and turns what was seen into
 * factors. It blocks its thread while a layer runs.
 */

import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Gemma3Config } from '../gemma3-config.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import type { ModelSource } from '../model-source.ts';
import { embeddingRows, embeddingScale } from '../runtime/embedding-rows.ts';
import { rotationTables } from '../runtime/rotation-table.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import { type CalibrationGraph, planCalibrationGraph } from './calibration-graph.ts';
import { calibrationText, calibrationTokensMax } from './calibration-text.ts';
import { dataFileName, modelFileName } from './graph-entry-runtime.ts';
import { headOf } from './matrix-targets.ts';
import { encodeOnnxModel } from './onnx-model.ts';
import { type ChannelSquares, factorsOf, type SmoothingFactors, sumOverSharers } from './smoothing.ts';
import { writeWeights } from './write-weights-runtime.ts';

export interface MeasureOptions {
  /** See `smoothedInputs`. */
  readonly inputs: readonly string[];
  /** For the files of a layer. It must not be there, and is removed. */
  readonly scratchDir: string;
  /** Of the arithmetic. Others may be answering meanwhile. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Bytes of the model's files that have been read. */
  readonly onProgress: (doneBytes: number) => void;
}

const headRowsMax = 4096;

/**
 * @throws as `writeWeights` and `readVocabulary` do: a graph smoothed over anything but text would be kept, and seem good. Error
 *   when onnxruntime refuses a layer.
 */
export async function measureFactors(
  source: ModelSource,
  options: MeasureOptions,
): Promise<SmoothingFactors> {
  const { config } = source;
  const ids = await readIds(source);
  let stream = embed(source, ids);
  const factors = new Map<string, Float32Array>();
  let doneBytes = 0;
  for (let layer = 0; layer < config.layers.length; layer++) {
    const graph = planCalibrationGraph(source, layer, dataFileName);
    await using session = await openLayer(source, graph, {
      ...options,
      onProgress: (bytes) => options.onProgress(doneBytes + bytes),
    });
    const outputs = await session.run(feedsOf(config, { layer, stream, positions: ids.length }));
    doneBytes += graph.plan.sourceBytes;
    stream = floatsOf(outputs, graph.residual);
    for (const { name, squares, columns } of graph.inputs) {
      if (!options.inputs.includes(name)) continue;
      const seen = {
        input: floatsOf(outputs, squares),
        columns: columns === undefined ? headColumnSquares(source) : floatsOf(outputs, columns),
      };
      factors.set(name, factorsOf(name.endsWith('attn_output') ? shared(seen, config) : seen));
    }
  }
  return factors;
}

/** The text as the model reads it. Of a model without a vocabulary, which nobody can serve, tokens from all over its table. */
async function readIds(source: ModelSource): Promise<readonly number[]> {
  const { vocabSize, contextTokensMax } = source.config;
  const count = Math.min(calibrationTokensMax, contextTokensMax);
  if (!source.hasVocabulary) {
    return Array.from({ length: count }, (_, index) => Math.floor((index * vocabSize) / count));
  }
  const vocabulary = await source.readVocabulary();
  const ids = createTokenizer(vocabulary).encode(calibrationText, { control: 'plain' });
  return [vocabulary.bosId, ...ids].slice(0, count);
}

function embed({ path, tensors, config }: ModelSource, ids: readonly number[]): Float32Array {
  const table = tensors.get('token_embd.weight');
  if (table === undefined) throw modelFileInvalid(path, 'it has no embeddings');
  using rows = embeddingRows(table, { scale: embeddingScale(config.hidden) });
  return rows.read(ids);
}

/** Of the columns of some thousand of the head's rows, from all over it: it may have a quarter of a million. */
function headColumnSquares({ path, tensors, config }: ModelSource): Float32Array {
  const head = headOf(tensors);
  if (head === undefined) throw modelFileInvalid(path, 'it has no embeddings');
  using rows = embeddingRows(head, { scale: 1 });
  const count = Math.min(headRowsMax, config.vocabSize);
  const squares = new Float64Array(config.hidden);
  for (let index = 0; index < count; index++) {
    const values = rows.read([Math.floor((index * config.vocabSize) / count)]);
    for (let i = 0; i < squares.length; i++) squares[i] = (squares[i] ?? 0) + (values[i] ?? 0) ** 2;
  }
  return Float32Array.from(squares);
}

interface LayerSession extends AsyncDisposable {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Outputs>;
}

type Outputs = InferenceSession.OnnxValueMapType;

async function openLayer(
  source: ModelSource,
  { plan }: CalibrationGraph,
  { scratchDir, threads, signal, onProgress }: MeasureOptions,
): Promise<LayerSession> {
  await using opened = new AsyncDisposableStack();
  await mkdir(scratchDir);
  opened.defer(() => rm(scratchDir, { recursive: true, force: true }));
  const model = join(scratchDir, modelFileName);
  await writeFile(model, encodeOnnxModel(plan.model));
  {
    await using data = await open(join(scratchDir, dataFileName), 'w');
    await writeWeights(source, plan, { data, signal, onProgress });
  }
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  opened.defer(() => session.release());
  const kept = opened.move();
  return { run: (feeds) => session.run(feeds), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A text from its beginning, in one run, into a cache that is just as long. */
function feedsOf(
  config: Gemma3Config,
  {
    layer,
    stream,
    positions,
  }: { readonly layer: number; readonly stream: Float32Array; readonly positions: number },
): Record<string, Tensor> {
  const { hidden, headDim, kvHeads, window } = config;
  const capacity = config.layers[layer] === 'local' ? Math.max(positions, window) : positions;
  const cache = () =>
    new Tensor('float32', new Float32Array(kvHeads * capacity * headDim), [1, kvHeads, capacity, headDim]);
  const tables = rotationTables(config, positions).map(
    ({ name, values }) => [name, new Tensor('float32', values, [positions, headDim / 2])] as const,
  );
  return {
    ...Object.fromEntries(tables),
    inputs_embeds: new Tensor('float32', stream, [1, positions, hidden]),
    last_positions: new Tensor('int32', Int32Array.of(positions - 1), [1]),
    longest: new Tensor('int32', Int32Array.of(positions), [1]),
    [`past_key.${layer}`]: cache(),
    [`past_value.${layer}`]: cache(),
  };
}

function floatsOf(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new TypeError(`the layer gave no ${name}`);
  return data;
}

function shared({ input, columns }: ChannelSquares, config: Gemma3Config): ChannelSquares {
  return { input: sumOverSharers(input, config), columns: sumOverSharers(columns, config) };
}
