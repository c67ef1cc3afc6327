/** Reads the small files of a directory that belong to its tokenizer. What is in them is not looked at. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFileInvalid } from '../gguf/model-file-error.ts';
import { readTextFile } from './directory-files-runtime.ts';

export interface NamedText {
  /** Named in errors. */
  readonly file: string;
  readonly text: string;
}

export interface TokenizerFiles {
  readonly config: NamedText;
  /** `chat_template.jinja`. */
  readonly template?: NamedText;
  /** `chat_template.json`. */
  readonly oldTemplate?: NamedText;
}

/** @throws DrydockError WORKER_MODEL_FILE_INVALID */
export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const names = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    throw modelFileInvalid(directory, `it cannot be listed (${cause.code})`, cause);
  });
  const text = async (name: string): Promise<NamedText> => {
    const file = join(directory, name);
    return { file, text: await readTextFile(file) };
  };
  const [jinja, json] = ['chat_template.jinja', 'chat_template.json'];
  return {
    config: await text('tokenizer_config.json'),
    ...(names.includes(jinja) ? { template: await text(jinja) } : {}),
    ...(names.includes(json) ? { oldTemplate: await text(json) } : {}),
  };
}
