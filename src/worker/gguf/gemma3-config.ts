/** The numbers of a Gemma-3 text model, as its GGUF keys give them, with llama.cpp's rules for those that have no key. */

import { checkGemma3Heads, type Gemma3Config, gemma3Bounds } from '../gemma3-config.ts';
import type { Gguf } from './gguf-header.ts';
import { modelFileInvalid, modelUnsupported, quoted } from './model-file-error.ts';

/**
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED for another architecture or a form of it that we do not run,
 *   WORKER_MODEL_FILE_INVALID when a key is missing or absurd.
 */
export function readGemma3Config(gguf: Gguf): Gemma3Config {
  const { file, metadata } = gguf;
  const architecture = metadata.string('general.architecture');
  if (architecture === undefined) throw modelFileInvalid(file, 'the key general.architecture is missing');
  if (architecture !== 'gemma3') {
    throw modelUnsupported(file, `its architecture is ${quoted(architecture)}, not gemma3`);
  }
  const layerCount = size(gguf, 'block_count', gemma3Bounds.layers);
  const hidden = size(gguf, 'embedding_length', gemma3Bounds.hidden);
  const heads = size(gguf, 'attention.head_count', gemma3Bounds.heads);
  const kvHeads = size(gguf, 'attention.head_count_kv', gemma3Bounds.heads, heads);
  const headDim = size(gguf, 'attention.key_length', gemma3Bounds.headDim, 256);
  if (size(gguf, 'attention.value_length', gemma3Bounds.headDim, headDim) !== headDim) {
    throw modelUnsupported(file, 'its keys and values differ in length');
  }
  checkGemma3Heads(file, { heads, kvHeads, headDim });
  // llama.cpp: 1/sqrt(head length), except in the 27B model, known by its 62 layers.
  const scaleFrom = layerCount === 62 ? hidden / heads : headDim;
  return {
    vocabSize: readVocabSize(gguf, hidden),
    hidden,
    feedForward: size(gguf, 'feed_forward_length', gemma3Bounds.feedForward),
    heads,
    kvHeads,
    headDim,
    layers: readLayerKinds(gguf, layerCount),
    window: size(gguf, 'attention.sliding_window', gemma3Bounds.window),
    contextTokensMax: size(gguf, 'context_length', gemma3Bounds.contextTokens),
    rmsEps: positive(gguf, 'attention.layer_norm_rms_epsilon'),
    attentionScale: positive(gguf, 'attention.scale', 1 / Math.sqrt(scaleFrom)),
    ropeBase: {
      local: positive(gguf, 'rope.freq_base_swa', 10_000),
      global: positive(gguf, 'rope.freq_base', 1_000_000),
    },
    ropeFactor: { local: 1, global: readRopeFactor(gguf) },
  };
}

function readVocabSize(gguf: Gguf, hidden: number): number {
  const embedding = gguf.tensors.get('token_embd.weight');
  const rows = embedding?.shape[1];
  if (embedding?.shape.length !== 2 || embedding.shape[0] !== hidden || rows === undefined) {
    throw modelFileInvalid(gguf.file, 'the tensor token_embd.weight is missing or has a wrong shape');
  }
  return rows;
}

/** Without a key, every sixth layer is global: Gemma-3's pattern. The key may be that period, or one flag a layer. */
function readLayerKinds(gguf: Gguf, layerCount: number): ('local' | 'global')[] {
  const key = 'gemma3.attention.sliding_window_pattern';
  const layers = Array.from({ length: layerCount }, (_, layer) => layer);
  if (gguf.metadata.typeOf(key) === 'array') {
    const flags = gguf.metadata.booleans(key) ?? [];
    if (flags.length !== layerCount) throw modelFileInvalid(gguf.file, `${key} has ${flags.length} flags`);
    return layers.map((layer) => (flags[layer] === true ? 'local' : 'global'));
  }
  const period = size(gguf, 'attention.sliding_window_pattern', gemma3Bounds.layers, 6);
  return layers.map((layer) => ((layer + 1) % period === 0 ? 'global' : 'local'));
}

function readRopeFactor(gguf: Gguf): number {
  const type = gguf.metadata.string('gemma3.rope.scaling.type');
  if (type !== undefined && type !== 'none' && type !== 'linear') {
    throw modelUnsupported(gguf.file, `it stretches positions by ${quoted(type)}, not linearly`);
  }
  return type === 'linear' ? positive(gguf, 'rope.scaling.factor') : 1;
}

function size(gguf: Gguf, name: string, max: number, fallback?: number): number {
  const value = positive(gguf, name, fallback);
  if (!Number.isInteger(value) || value > max) {
    throw modelFileInvalid(gguf.file, `gemma3.${name} is ${value}, not a whole number up to ${max}`);
  }
  return value;
}

function positive(gguf: Gguf, name: string, fallback?: number): number {
  const value = gguf.metadata.number(`gemma3.${name}`) ?? fallback;
  if (value === undefined) throw modelFileInvalid(gguf.file, `the key gemma3.${name} is missing`);
  if (!Number.isFinite(value) || value <= 0) throw modelFileInvalid(gguf.file, `gemma3.${name} is ${value}`);
  return value;
}
