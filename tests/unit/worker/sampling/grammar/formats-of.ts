/** Short ways for tests to ask what a response format lets through, byte by byte. */

import type { ResponseFormat } from '../../../../../src/rpc/contract/generate.ts';
import { createGrammarCompiler } from '../../../../../src/worker/sampling/grammar-compiler.ts';
import { vocabularyOf } from '../../text/vocabularies.ts';

export const endTokenId = 257;
const endTokenIds = new Set([endTokenId]);
const bytes = createGrammarCompiler(vocabularyOf([]), endTokenIds);

export const schemaFormat = (schema: object): ResponseFormat => ({
  type: 'json_schema',
  schema: JSON.stringify(schema),
});

/** Whether an answer may be this text: no less, and the end may follow. */
export async function allows(format: ResponseFormat, text: string): Promise<boolean> {
  const matcher = await bytes.start(format);
  if (matcher === undefined) throw new TypeError('free text allows all');
  for (const byte of Buffer.from(text)) if (!matcher.accept(byte)) return false;
  return matcher.accept(endTokenId);
}

export async function allowed(format: ResponseFormat, texts: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const text of texts) if (await allows(format, text)) kept.push(text);
  return kept;
}

/** Bytes that may follow this text, as characters; those of an end token left out. */
export async function following(format: ResponseFormat, text: string | Uint8Array): Promise<string[]> {
  const matcher = await bytes.start(format);
  for (const byte of Buffer.from(text)) if (!matcher?.accept(byte)) return [];
  const row = new Float32Array(258);
  matcher?.mask(row);
  return [...row.subarray(0, 256).keys()].filter((id) => row[id] === 0).map((id) => String.fromCharCode(id));
}
