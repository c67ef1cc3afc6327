import { expect, test } from 'vitest';
import type { ResponseFormat } from '../../../../../src/rpc/contract/generate.ts';
import type { ToolUse } from '../../../../../src/rpc/contract/tools.ts';
import { createGrammarCompiler } from '../../../../../src/worker/sampling/grammar-compiler.ts';
import { vocabularyOf } from '../../text/vocabularies.ts';
import { functionOf, nothingSchema, toolsOf } from '../../tools.ts';
import { endTokenId, schemaFormat } from './formats-of.ts';

const grammars = createGrammarCompiler(vocabularyOf([]), new Set([endTokenId]));
const text: ResponseFormat = { type: 'text' };

async function start(tools: ToolUse, format = text) {
  const matcher = await grammars.start(format, tools);
  if (matcher === undefined) throw new TypeError('tools have a grammar');
  return matcher;
}

async function allows(tools: ToolUse, answer: string | Uint8Array, format = text): Promise<boolean> {
  const matcher = await start(tools, format);
  for (const byte of Buffer.from(answer)) if (!matcher.accept(byte)) return false;
  return matcher.accept(endTokenId);
}

const now = '{"name": "now", "parameters": {}}';
const rome = '{"name": "get_weather", "parameters": {"city":"Rome"}}';
const marker = '```tool_code\n';

const answers: readonly (readonly [title: string, answer: string])[] = [
  ['a call', now],
  ['another', rome],
  ['a list of one', `[${now}]`],
  ['a list of two', `[${rome}, ${now}]`],
  ['a list of 16', `[${Array(16).fill(now).join(', ')}]`],
  ['a list of 17', `[${Array(17).fill(now).join(', ')}]`],
  ['an empty list', '[]'],
  ['a call behind the marker', `${marker}${now}`],
  ['two calls behind the marker', `${marker}[${now}, ${now}]`],
  ['text and a call', `Let me see.\n${marker}${rome}`],
  ['text that is a marker twice begun', `\`\`\`\`tool_code\`${marker}${now}`],
  ['text', 'Hello, wörld'],
  ['nothing', ''],
  ['a part of the marker', 'It is ```tool_code'],
  ['another block of code', '```typescript\n1```'],
  ['a marker without a call', marker],
  ['text behind a call', `${marker}${now} Done.`],
  ['text behind a marker', `${marker}Hello`],
  ['an unknown function', '{"name": "then", "parameters": {}}'],
  ['arguments that the schema does not allow', '{"name": "get_weather", "parameters": {"city":"Oslo"}}'],
  ['a call without its end', now.slice(0, -1)],
];

const single = ['a call', 'another'];
const listed = ['a list of one', 'a list of two', 'a list of 16'];
const plain = ['text', 'nothing', 'a part of the marker', 'another block of code'];
const behind = ['a call behind the marker', 'text and a call', 'text that is a marker twice begun'];
/** Text may look like anything that the marker does not open. */
const alike = answers.map(([title]) => title).filter((title) => !/marker|text|nothing|block/.test(title));

test.each<[string, Partial<ToolUse>, readonly string[]]>([
  ['must call one function', { isRequired: true }, single],
  ['must call functions', { isRequired: true, isParallel: true }, [...single, ...listed]],
  ['must call a named one', { isRequired: true, allowed: ['now'] }, ['a call']],
  ['may call one', {}, [...behind, ...plain, ...alike]],
  ['may call several', { isParallel: true }, [...behind, 'two calls behind the marker', ...plain, ...alike]],
  ['may call some', { allowed: ['get_weather'] }, ['text and a call', ...plain, ...alike]],
])('an answer that %s is one of these and nothing else', async (_, changes, expected) => {
  const tools = toolsOf(changes);
  const allowed: string[] = [];
  for (const [title, answer] of answers) if (await allows(tools, answer)) allowed.push(title);
  expect(allowed.toSorted()).toEqual([...expected].toSorted());
});

test('ends an answer with its last call, and lets text go on', async () => {
  const matcher = await start(toolsOf());
  const read = (part: string) => [...Buffer.from(part)].every((byte) => matcher.accept(byte));
  expect([read('Hi '), matcher.isComplete]).toEqual([true, false]);
  expect([read(`${marker}${now.slice(0, -1)}`), matcher.isComplete, matcher.accept(endTokenId)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([read('}'), matcher.isComplete]).toEqual([true, true]);
});

test('keeps text to the response format where nothing is called', async () => {
  const format = schemaFormat({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] });
  const kept: string[] = [];
  for (const answer of [
    `{"a":"${'```tool_code\\n'}"}`,
    'Hello',
    `${marker}${now}`,
    `{"a":""}${marker}${now}`,
  ])
    if (await allows(toolsOf(), answer, format)) kept.push(answer);
  expect(kept).toEqual([`{"a":"${'```tool_code\\n'}"}`, `${marker}${now}`]);
});

test('lets text be any bytes', async () => {
  expect(await allows(toolsOf(), Uint8Array.of(0xff, 0x00, 0xf0, 0x9f))).toBe(true);
});

const unsupported = { type: 'object', properties: { a: { type: 'string', not: {} } } };

test('takes any JSON object where a function that is not strict says what is not enforced', async () => {
  const functions = [functionOf('f', unsupported, { isStrict: false })];
  const tools = toolsOf({ functions, isRequired: true });
  expect(await allows(tools, '{"name": "f", "parameters": {"b":[1]}}')).toBe(true);
  expect(await allows(tools, '{"name": "f", "parameters": 1}')).toBe(false);
});

test.each<[string, Parameters<typeof functionOf>, string]>([
  ['a strict one with what is not enforced', ['g', unsupported], 'WORKER_SCHEMA_UNSUPPORTED'],
  [
    'one that nothing satisfies',
    ['g', { type: 'object', properties: { a: false }, required: ['a'] }, { isStrict: false }],
    'WORKER_SCHEMA_INVALID',
  ],
  ['one without JSON', ['g', {}, { parameters: '{', isStrict: false }], 'WORKER_SCHEMA_INVALID'],
])('refuses %s by its place', async (_, given, code) => {
  const functions = [functionOf('f', nothingSchema), functionOf(...given)];
  await expect(start(toolsOf({ functions }))).rejects.toMatchObject({ code, details: { param: 'tools[1]' } });
});

test('refuses functions that are too much together', async () => {
  const many = Object.fromEntries(Array.from({ length: 990 }, (_, at) => [`p${at}`, { type: 'integer' }]));
  const functions = Array.from({ length: 5 }, (_, at) =>
    functionOf(`f${at}`, { type: 'object', properties: many }),
  );
  await expect(start(toolsOf({ functions }))).rejects.toMatchObject({
    code: 'WORKER_SCHEMA_INVALID',
    details: { param: expect.stringMatching(/^tools/) },
  });
});
