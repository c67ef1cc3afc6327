/** Token ids of ordinary text: our own documents, one after the other, in the order of their names. The same clone gives the same ids. */

import { readdirSync, readFileSync } from 'node:fs';
import { openModelSource } from '../../src/worker/model-source.ts';
import { createTokenizer } from '../../src/worker/text/tokenizer.ts';

export interface TextIds {
  readonly bosId: number;
  readonly vocabSize: number;
  readonly ids: readonly number[];
}

const root = new URL('../../', import.meta.url);

export async function readTextIds(modelFile: string): Promise<TextIds> {
  await using source = await openModelSource(modelFile);
  const vocabulary = await source.readVocabulary();
  const text = documents()
    .map((path) => readFileSync(new URL(path, root), 'utf8'))
    .join('\n\n');
  const ids = createTokenizer(vocabulary).encode(text, { control: 'plain' });
  return { bosId: vocabulary.bosId, vocabSize: source.config.vocabSize, ids };
}

function documents(): string[] {
  const inDocs = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' });
  const paths = inDocs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`);
  return ['README.md', 'ARCHITECTURE.md', ...paths.sort()];
}
