/**
 * Reads a `tokenizer.json` that is built as Gemma-3's is: byte pair encoding with a token for every byte, spaces written as marks.
 * Everything in it that decides about ids is looked at, and what Gemma-3 has otherwise is refused. The file's half a million merges are
 * never in memory together. Format: the Rust crate `tokenizers`.
 */

import { z } from 'zod';
import { modelFileInvalid, modelUnsupported, quoted } from '../gguf/model-file-error.ts';
import { JsonCursor, type JsonSource, marks } from './json-cursor.ts';
import { readMergeOrder } from './merge-order.ts';
import { readTokenList, type TokenList, tokensMax } from './token-list.ts';

export interface TokenizerJson {
  /** By token id, as the file writes them: runs of spaces as marks. */
  readonly tokens: readonly string[];
  readonly added: readonly AddedToken[];
  /** Ids of the pieces that joining gives, the first to be joined first. */
  readonly mergeOrder: readonly number[];
  /** The token that the file itself puts before every text. */
  readonly opening: string | undefined;
}

const addedSchema = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  special: z.boolean(),
  single_word: z.literal(false),
  lstrip: z.literal(false),
  rstrip: z.literal(false),
  normalized: z.literal(false),
});
export type AddedToken = z.infer<typeof addedSchema>;

const spaces = { pattern: z.object({ String: z.literal(' ') }) };
const restSchema = z.object({
  added_tokens: z.array(addedSchema).max(tokensMax),
  normalizer: z.object({ type: z.literal('Replace'), ...spaces, content: z.literal('▁') }),
  // With the spaces gone it finds nothing to split.
  pre_tokenizer: z.object({ type: z.literal('Split'), ...spaces }).nullish(),
  post_processor: z.looseObject({ type: z.literal('TemplateProcessing'), single: z.unknown() }).nullish(),
});
const modelSchema = z.object({
  type: z.literal('BPE'),
  byte_fallback: z.literal(true),
  dropout: z.literal(0).nullish(),
  continuing_subword_prefix: z.literal('').nullish(),
  end_of_word_suffix: z.literal('').nullish(),
  ignore_merges: z.literal(false).nullish(),
});
const openingSchema = z.array(z.object({ SpecialToken: z.object({ id: z.string() }).optional() }));

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID for what is no such file, WORKER_MODEL_UNSUPPORTED for another tokenizer.
 */
export async function parseTokenizerJson(source: JsonSource): Promise<TokenizerJson> {
  const { file } = source;
  const parts = await readParts(source);
  const rest = check(restSchema, parts.rest, { file, where: [] });
  check(modelSchema, parts.model, { file, where: ['model'] });
  const { list, mergeOrder } = parts;
  if (list === undefined || mergeOrder === undefined) {
    throw modelFileInvalid(file, 'it has no model.vocab or no model.merges');
  }
  const tokens = withAdded(list.tokens, rest.added_tokens, file);
  const opening = openingSchema.safeParse(rest.post_processor?.single).data?.[0]?.SpecialToken?.id;
  return { tokens, added: rest.added_tokens, mergeOrder, opening };
}

interface Parts {
  readonly rest: Record<string, unknown>;
  readonly model: Record<string, unknown>;
  list?: TokenList;
  mergeOrder?: readonly number[];
}

async function readParts(source: JsonSource): Promise<Parts> {
  const { file } = source;
  const cursor = new JsonCursor(source);
  await cursor.refill();
  const parts: Parts = { rest: {}, model: {} };
  await eachKey(cursor, file, async (key) => {
    if (key !== 'model') parts.rest[key] = await cursor.value();
    else await eachKey(cursor, file, (inner) => readModelPart(parts, inner, { cursor, file }));
  });
  await cursor.finish();
  return parts;
}

async function readModelPart(
  parts: Parts,
  key: string,
  { cursor, file }: { readonly cursor: JsonCursor; readonly file: string },
): Promise<void> {
  if (key === 'vocab') parts.list = await readTokenList(cursor, file);
  else if (key === 'merges') {
    // Another tokenizer is told by its name rather than by its merges, which come last in the order that `tokenizers` writes.
    if ('type' in parts.model) check(modelSchema, parts.model, { file, where: ['model'] });
    if (parts.list === undefined) throw modelUnsupported(file, 'its merges stand before its tokens');
    const isAdded = new Uint8Array(parts.list.tokens.length);
    const added = check(restSchema.shape.added_tokens, parts.rest.added_tokens, {
      file,
      where: ['added_tokens'],
    });
    for (const { id } of added) if (id < isAdded.length) isAdded[id] = 1;
    parts.mergeOrder = await readMergeOrder(cursor, parts.list, { file, isAdded });
  } else parts.model[key] = await cursor.value();
}

async function eachKey(
  cursor: JsonCursor,
  file: string,
  read: (key: string) => Promise<void>,
): Promise<void> {
  const seen = new Set<string>();
  for (let more = cursor.enter(marks.open); more; more = cursor.hasMore(marks.close)) {
    if (cursor.isLow) await cursor.refill();
    const key = cursor.key();
    if (seen.has(key)) throw modelFileInvalid(file, `it has ${quoted(key)} twice`);
    seen.add(key);
    await read(key);
  }
}

function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { file, where }: { readonly file: string; readonly where: readonly string[] },
): T {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const path = [...where, ...(issue?.path ?? [])].join('.');
  throw modelUnsupported(file, `${path} is not as in Gemma-3's tokenizer (${issue?.message})`);
}

/** Added tokens are in the vocabulary, or follow it. */
function withAdded(tokens: string[], added: readonly AddedToken[], file: string): readonly string[] {
  for (const { id, content } of added.toSorted((one, other) => one.id - other.id)) {
    if (id === tokens.length) tokens.push(content);
    if (tokens[id] !== content) throw modelFileInvalid(file, `its added token ${id} has another text or id`);
  }
  return tokens;
}
