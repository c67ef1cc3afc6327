import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGrammarCompiler } from '../../../../src/worker/sampling/grammar-compiler.ts';
import { vocabularyOf } from '../text/vocabularies.ts';
import { schemaFormat } from './grammar/formats-of.ts';

const endTokenIds = new Set([257]);
const pieces = Array.from({ length: 20_000 }, (_, at) => `p${at.toString(36)}`);

test('lets the event loop run while it reads a large vocabulary, and reads it once', async () => {
  const grammars = createGrammarCompiler(vocabularyOf(pieces), endTokenIds);
  const turnsOf = async (start: () => Promise<unknown>) => {
    let isStarted = false;
    const started = start().then(() => {
      isStarted = true;
    });
    let turns = 0;
    for (; !isStarted; turns++) await setImmediate();
    await started;
    return turns;
  };
  expect(await turnsOf(() => grammars.start({ type: 'json_object' }))).toBeGreaterThan(15);
  expect(await turnsOf(() => grammars.start(schemaFormat({ type: 'null' })))).toBeLessThan(3);
});

test('has nothing to say about free text, and does not read the vocabulary for it', async () => {
  const unreadable = { ...vocabularyOf([]), tokens: new Array<string>(3) };
  const grammars = createGrammarCompiler(unreadable, endTokenIds);
  expect(await grammars.start({ type: 'text' })).toBeUndefined();
  await expect(grammars.start({ type: 'json_object' })).rejects.toThrow(RangeError);
});

test('starts each answer at the beginning, also of a grammar that it has kept or dropped', async () => {
  const grammars = createGrammarCompiler(vocabularyOf([]), endTokenIds);
  const first = await grammars.start(schemaFormat({ const: 12 }));
  expect(first?.accept(0x31)).toBe(true);
  const again = await grammars.start(schemaFormat({ const: 12 }));
  expect(again?.accept(0x32)).toBe(false);
  for (let other = 0; other < 40; other++) await grammars.start(schemaFormat({ const: other }));
  const dropped = await grammars.start(schemaFormat({ const: 12 }));
  expect([dropped?.accept(0x31), dropped?.accept(0x32), dropped?.isComplete]).toEqual([true, true, true]);
  expect([first?.accept(0x32), first?.isComplete]).toEqual([true, true]);
});

test('allows nothing but end tokens once one has come, though the value could go on', async () => {
  const matcher = await createGrammarCompiler(vocabularyOf([]), endTokenIds).start(
    schemaFormat({ type: 'integer' }),
  );
  const open = () => {
    const row = new Float32Array(258);
    matcher?.mask(row);
    return [...row.keys()].filter((id) => row[id] === 0);
  };
  expect(matcher?.accept(257)).toBe(false);
  expect(matcher?.accept(0x37)).toBe(true);
  const digits = Array.from({ length: 10 }, (_, digit) => 0x30 + digit);
  expect(open()).toEqual([...digits, 257]);
  expect(matcher?.isComplete).toBe(false);
  expect(matcher?.accept(257)).toBe(true);
  expect([open(), matcher?.isComplete, matcher?.accept(0x37)]).toEqual([[257], true, false]);
});

test('counts the items of an answer that is longer than what it remembers', async () => {
  const format = schemaFormat({
    type: 'array',
    items: { type: 'object', properties: { a: { type: 'integer' } } },
    maxItems: 2_000,
  });
  const matcher = await createGrammarCompiler(vocabularyOf([]), endTokenIds).start(format);
  const read = (text: string) => [...Buffer.from(text)].every((byte) => matcher?.accept(byte));
  expect(read('[{}')).toBe(true);
  for (let items = 1; items < 2_000; items++) expect(read(',{"a":1}')).toBe(true);
  const row = new Float32Array(258);
  matcher?.mask(row);
  expect([row[0x2c], row[0x5d]]).toEqual([Number.NEGATIVE_INFINITY, 0]);
  expect([read(','), read(']'), matcher?.isComplete]).toEqual([false, true, true]);
});
