/**
 * Hugging Face's names of Gemma-3's text tensors, as GGUF has them. Parts of the multimodal wrapper that see pictures have no
 * name here; a tensor of the text model that Gemma-3 does not have is a sign of another model.
 */

const layerParts: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'post_attention_norm',
  pre_feedforward_layernorm: 'ffn_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

const wholeNames: Readonly<Record<string, string>> = {
  'embed_tokens.weight': 'token_embd.weight',
  'norm.weight': 'output_norm.weight',
};

/** The text model's own, and two generations of the wrapper around it. */
const textPrefixes = ['language_model.model.', 'model.language_model.', 'model.'] as const;
const headNames: ReadonlySet<string> = new Set(['lm_head.weight', 'language_model.lm_head.weight']);
const otherPrefixes = [
  ...['vision_tower.', 'multi_modal_projector.', 'model.vision_tower.', 'model.multi_modal_projector.'],
] as const;

/** `other`: a part of the wrapper, or a table that the config says as well. `unknown`: not Gemma-3's. */
export type NamedTensor = { readonly name: string } | 'other' | 'unknown';

export function ggufTensorName(name: string): NamedTensor {
  if (headNames.has(name)) return { name: 'output.weight' };
  if (otherPrefixes.some((prefix) => name.startsWith(prefix))) return 'other';
  const prefix = textPrefixes.find((candidate) => name.startsWith(candidate));
  if (prefix === undefined) return 'unknown';
  const rest = name.slice(prefix.length);
  const whole = Object.hasOwn(wholeNames, rest) ? wholeNames[rest] : undefined;
  if (whole !== undefined) return { name: whole };
  // Files of early versions carry the rotation's frequencies along.
  if (/(^|\.)rotary_emb(_local)?\.inv_freq$/.test(rest)) return 'other';
  const [, layer, part = ''] = /^layers\.(0|[1-9]\d{0,3})\.(.+)\.weight$/.exec(rest) ?? [];
  if (layer === undefined || !Object.hasOwn(layerParts, part)) return 'unknown';
  return { name: `blk.${layer}.${layerParts[part]}.weight` };
}

/** Whether a tensor is a norm's weight, which Hugging Face stores without its 1 and GGUF with it. */
export function isNormName(ggufName: string): boolean {
  return ggufName.endsWith('norm.weight');
}
