import { expect, test } from 'vitest';
import type { TokenizeRequest } from '../../../../src/rpc/contract/tokenize.ts';
import { llamaRoutes, plainRoutes, vllmRoutes } from './recorded.ts';
import { json, page, type Routes } from './scripted-server.ts';
import { errorOf, openServer } from './upstream-model.ts';

const { signal } = new AbortController();
const messages = [{ role: 'user' as const, content: 'secret words' }];

function asking(changes: Partial<TokenizeRequest>): TokenizeRequest {
  return { model: 'gemma', messages: [], addSpecialTokens: true, deadlineUnixMs: 1, ...changes };
}

const tokens = json(200, { count: 3, max_model_len: 4096, tokens: [2, 7, 9] });

test.each<[string, Routes, Partial<TokenizeRequest>, readonly object[]]>([
  [
    'vLLM for a prompt',
    { ...vllmRoutes(), '/tokenize': tokens },
    { prompt: 'secret', addSpecialTokens: false },
    [{ path: '/tokenize', body: { prompt: 'secret', add_special_tokens: false } }],
  ],
  [
    'vLLM for messages',
    { ...vllmRoutes(), '/tokenize': tokens },
    { messages },
    [{ path: '/tokenize', body: { messages, add_generation_prompt: true } }],
  ],
  [
    'llama-server for a prompt',
    { ...llamaRoutes(), '/tokenize': tokens },
    { prompt: 'secret' },
    [{ path: '/tokenize', body: { content: 'secret', add_special: true } }],
  ],
  [
    'llama-server for messages',
    { ...llamaRoutes(), '/apply-template': json(200, { prompt: '<turn>secret' }), '/tokenize': tokens },
    { messages },
    [
      { path: '/apply-template', body: { messages } },
      { path: '/tokenize', body: { content: '<turn>secret', add_special: true, parse_special: true } },
    ],
  ],
])('asks %s', async (_title, routes, asked, questions) => {
  await using open = await openServer(routes);
  const { contextTokensMax } = open.model;
  expect(await open.model.tokenize?.(asking(asked), { signal })).toEqual({
    ids: [2, 7, 9],
    contextTokensMax,
  });
  expect(open.server.asked.filter(({ method }) => method === 'POST')).toMatchObject(questions);
});

test('has no tokenizer for a server that has none', async () => {
  await using open = await openServer(plainRoutes(), { json: { contextTokens: 512 } });
  expect(open.model.tokenize).toBeUndefined();
});

test.each<[string, Routes, string]>([
  ['no such route', {}, 'RPC_MODEL_UNKNOWN'],
  ['a refusal', { '/tokenize': json(400, { error: { message: 'secret' } }) }, 'RPC_REQUEST_INVALID'],
  ['a page', { '/tokenize': page('secret') }, 'RPC_GENERATION_FAILED'],
  ['no list', { '/tokenize': json(200, { tokens: 'secret' }) }, 'RPC_GENERATION_FAILED'],
  ['half an id', { '/tokenize': json(200, { tokens: [0.5] }) }, 'RPC_GENERATION_FAILED'],
  ['a broken connection', { '/tokenize': ({ response }) => void response.destroy() }, 'RPC_WORKER_LOST'],
])('fails without the words of the server: %s', async (_title, routes, code) => {
  await using open = await openServer({ ...vllmRoutes(), ...routes });
  const call = async () => await open.model.tokenize?.(asking({ prompt: 'secret' }), { signal });
  const error = await errorOf(call());
  expect(error.code).toBe(code);
});
