/**
 * The numbers of a Gemma-3 text model from `config.json`, in the words of transformers 4 (`sliding_window_pattern`, `rope_theta`,
 * `rope_local_base_freq`, `rope_scaling`) or 5 (`layer_types`, `rope_parameters`), alone or inside the multimodal model's config.
 * What is absent has the default of transformers' own class.
 */

import { z } from 'zod';
import { parseBoundedJson } from '../bounded-json.ts';
import { checkGemma3Heads, type Gemma3Config, gemma3Bounds } from '../gemma3-config.ts';
import { modelFileInvalid, modelUnsupported, quoted } from '../gguf/model-file-error.ts';
import { findRepeatedKey } from './repeated-key.ts';

export interface DirectoryConfig {
  /** Without `vocabSize`, which the embeddings decide. */
  readonly config: Omit<Gemma3Config, 'vocabSize'>;
  /** Undefined where it is the number of embeddings. */
  readonly vocabSize: number | undefined;
  /** Whether the output matrix is the embedding's. */
  readonly isTied: boolean;
}

const size = (max: number) => z.int().positive().max(max);
const positive = z.number().positive().max(Number.MAX_VALUE);

const ropeSchema = z.object({
  rope_type: z.string().optional(),
  /** What `rope_type` was called before. */
  type: z.string().optional(),
  rope_theta: positive.optional(),
  factor: positive.optional(),
});
type Rope = z.infer<typeof ropeSchema>;

const textSchema = z.object({
  model_type: z.string().optional(),
  vocab_size: size(1 << 24).optional(),
  hidden_size: size(gemma3Bounds.hidden),
  intermediate_size: size(gemma3Bounds.feedForward),
  num_hidden_layers: size(gemma3Bounds.layers),
  num_attention_heads: size(gemma3Bounds.heads).default(8),
  num_key_value_heads: size(gemma3Bounds.heads).default(4),
  head_dim: size(gemma3Bounds.headDim).default(256),
  max_position_embeddings: size(gemma3Bounds.contextTokens).default(131_072),
  rms_norm_eps: positive.default(1e-6),
  query_pre_attn_scalar: positive.default(256),
  sliding_window: size(gemma3Bounds.window).nullish(),
  layer_types: z.array(z.string()).max(gemma3Bounds.layers).nullish(),
  sliding_window_pattern: size(gemma3Bounds.layers).nullish(),
  _sliding_window_pattern: size(gemma3Bounds.layers).nullish(),
  rope_theta: positive.nullish(),
  rope_local_base_freq: positive.nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: z
    .object({ full_attention: ropeSchema.optional(), sliding_attention: ropeSchema.optional() })
    .nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  hidden_activation: z.string().nullish(),
  attention_bias: z.boolean().nullish(),
  attn_logit_softcapping: z.number().nullish(),
  final_logit_softcapping: z.number().nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
});
type TextConfig = z.infer<typeof textSchema>;

const outerSchema = z.object({
  model_type: z.string(),
  text_config: z.looseObject({}).optional(),
  tie_word_embeddings: z.boolean().nullish(),
  quantization_config: z.looseObject({}).nullish(),
});

/**
 * @param path of the config, for errors.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED for another architecture or a form of it that we do not run,
 *   WORKER_MODEL_FILE_INVALID when a number is missing or absurd.
 */
export function readDirectoryConfig(text: string, path: string): DirectoryConfig {
  const json = parseJson(text, path);
  const outer = parse(outerSchema, json, path);
  if (outer.model_type !== 'gemma3' && outer.model_type !== 'gemma3_text') {
    throw modelUnsupported(path, `its model_type is ${quoted(outer.model_type)}, not gemma3`);
  }
  if (outer.quantization_config) {
    throw modelUnsupported(path, 'its weights are quantised in a form of their own');
  }
  const inner = outer.model_type === 'gemma3' ? outer.text_config : json;
  if (inner === undefined) throw modelFileInvalid(path, 'text_config is missing');
  const values = parse(textSchema, inner, path);
  checkForm(values, path);
  const heads = {
    heads: values.num_attention_heads,
    kvHeads: values.num_key_value_heads,
    headDim: values.head_dim,
  };
  checkGemma3Heads(path, heads);
  return {
    config: {
      ...heads,
      hidden: values.hidden_size,
      feedForward: values.intermediate_size,
      layers: readLayerKinds(values, path),
      window: values.sliding_window ?? 4096,
      contextTokensMax: values.max_position_embeddings,
      rmsEps: values.rms_norm_eps,
      attentionScale: 1 / Math.sqrt(values.query_pre_attn_scalar),
      ...readRopes(values, path),
    },
    vocabSize: values.vocab_size,
    isTied: values.tie_word_embeddings ?? outer.tie_word_embeddings ?? true,
  };
}

/** What other models of the same class may have, and no published Gemma-3 has. */
function checkForm(values: TextConfig, path: string): void {
  const { model_type, hidden_activation } = values;
  if (model_type !== undefined && model_type !== 'gemma3_text') {
    throw modelUnsupported(path, `its text model is ${quoted(model_type)}, not gemma3_text`);
  }
  if (hidden_activation && hidden_activation !== 'gelu_pytorch_tanh') {
    throw modelUnsupported(path, `its activation is ${quoted(hidden_activation)}`);
  }
  if (values.attention_bias) throw modelUnsupported(path, 'its attention has biases');
  if (values.use_bidirectional_attention) throw modelUnsupported(path, 'it attends to later tokens');
  if (values.attn_logit_softcapping || values.final_logit_softcapping) {
    throw modelUnsupported(path, 'it caps its logits');
  }
}

function readLayerKinds(values: TextConfig, path: string): ('local' | 'global')[] {
  const { num_hidden_layers: count, layer_types: types } = values;
  if (types) {
    if (types.length !== count) {
      throw modelFileInvalid(path, `layer_types has ${types.length} entries for ${count} layers`);
    }
    return types.map((type) => {
      if (type === 'full_attention') return 'global';
      if (type === 'sliding_attention') return 'local';
      throw modelUnsupported(path, `it has a layer of the type ${quoted(type)}`);
    });
  }
  const period = values.sliding_window_pattern ?? values._sliding_window_pattern ?? 6;
  return Array.from({ length: count }, (_, layer) => ((layer + 1) % period === 0 ? 'global' : 'local'));
}

function readRopes(values: TextConfig, path: string): Pick<Gemma3Config, 'ropeBase' | 'ropeFactor'> {
  // As transformers 5 reads a config of 4: the old scaling is that of the full layers.
  const full: Rope = { ...values.rope_parameters?.full_attention, ...values.rope_scaling };
  const sliding: Rope = { ...values.rope_parameters?.sliding_attention };
  return {
    ropeBase: {
      local: sliding.rope_theta ?? values.rope_local_base_freq ?? 10_000,
      global: full.rope_theta ?? values.rope_theta ?? 1_000_000,
    },
    ropeFactor: { local: readFactor(sliding, path), global: readFactor(full, path) },
  };
}

function readFactor(rope: Rope, path: string): number {
  const type = rope.rope_type ?? rope.type ?? 'default';
  if (type === 'default') return 1;
  if (type !== 'linear')
    throw modelUnsupported(path, `it stretches positions by ${quoted(type)}, not linearly`);
  if (rope.factor === undefined) throw modelFileInvalid(path, 'its linear rope has no factor');
  return rope.factor;
}

function parseJson(text: string, path: string): unknown {
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch (cause) {
    throw modelFileInvalid(path, 'it is not JSON', cause);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw modelFileInvalid(path, `it has ${quoted(repeated)} twice`);
  return value;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw modelFileInvalid(path, `${issue?.path.join('.') || 'its content'}: ${issue?.message}`, parsed.error);
}
