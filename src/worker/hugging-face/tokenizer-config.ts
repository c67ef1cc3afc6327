/** What `tokenizer_config.json` and the files of the chat template say about a tokenizer. Pure. */

import { z } from 'zod';
import { parseBoundedJson } from '../bounded-json.ts';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import type { NamedText, TokenizerFiles } from './tokenizer-files-runtime.ts';

export interface TokenizerConfig {
  /** Texts of the tokens. */
  readonly bos: string;
  readonly eos: string;
  /** Undefined where the tokenizer itself decides. */
  readonly addBos: boolean | undefined;
  readonly chatTemplate: string | undefined;
}

const token = z.union([z.string(), z.object({ content: z.string() })]);
const named = z.array(z.object({ name: z.string(), template: z.string() }));
const template = z.union([z.string(), named]).nullish();
const configSchema = z.object({
  bos_token: token,
  eos_token: token,
  add_bos_token: z.boolean().nullish(),
  chat_template: template,
});
const oldTemplateSchema = z.object({ chat_template: template });

/** @throws DrydockError WORKER_MODEL_FILE_INVALID */
export function parseTokenizerConfig(files: TokenizerFiles): TokenizerConfig {
  const config = parse(configSchema, files.config);
  const old = files.oldTemplate && parse(oldTemplateSchema, files.oldTemplate).chat_template;
  return {
    bos: textOf(config.bos_token),
    eos: textOf(config.eos_token),
    addBos: config.add_bos_token ?? undefined,
    // As transformers has it: a file of its own wins.
    chatTemplate: files.template?.text ?? templateOf(old) ?? templateOf(config.chat_template),
  };
}

function textOf(value: z.infer<typeof token>): string {
  return typeof value === 'string' ? value : value.content;
}

function templateOf(value: z.infer<typeof template>): string | undefined {
  if (typeof value === 'string') return value;
  // Without a default the model is no base model all the same: what it has is looked at, and taken or refused.
  return (value?.find(({ name }) => name === 'default') ?? value?.[0])?.template;
}

function parse<T>(schema: z.ZodType<T>, { file, text }: NamedText): T {
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch (cause) {
    throw modelFileInvalid(file, 'it is not JSON', cause);
  }
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  throw modelFileInvalid(file, `${issue?.path.join('.')}: ${issue?.message}`);
}
