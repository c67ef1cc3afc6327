import { expect, test } from 'vitest';
import { until } from '../../rpc/until.ts';
import { plainEvents, vllmEvents, vllmRoutes } from './recorded.ts';
import { json, type Routes, stream } from './scripted-server.ts';
import { answerOf, errorOf, openServer, requestOf } from './upstream-model.ts';

const chat = (route: Routes[string]): Routes => ({ ...vllmRoutes(), '/v1/chat/completions': route });

test.each([
  ['without [DONE]', vllmEvents([{ text: 'Hi' }]).slice(0, -1)],
  ['with half of it', [...vllmEvents([{ text: 'Hi' }]).slice(0, -1), 'data: [DO']],
  ['of a server that counts at its end alone', plainEvents(['Hi']).slice(0, -1)],
])('an answer whose end and usage came is whole %s', async (_, events) => {
  await using open = await openServer(chat(stream(events)));
  const answer = await answerOf(open.model.handler, requestOf());
  expect(answer).toMatchObject({ text: 'Hi', finishReason: 'stop', usage: { promptTokens: 13 } });
});

test.each([500, 502, 504])('a server that answers %i is asked once more, and not again', async (status) => {
  let asked = 0;
  const answers = stream(vllmEvents([{ text: 'Hi' }, { text: '' }]));
  let failures = 1;
  await using open = await openServer(
    chat((exchange) => (asked++ < failures ? json(status, {}) : answers)(exchange)),
  );
  expect(await answerOf(open.model.handler, requestOf())).toMatchObject({ text: 'Hi' });
  expect(asked).toBe(2);
  failures = Number.POSITIVE_INFINITY;
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect([error.code, asked]).toEqual(['RPC_GENERATION_FAILED', 4]);
});

test.each([429, 503])('a server that has no room by %i is left alone as long as it says', async (status) => {
  let asked = 0;
  const answers = stream(vllmEvents([{ text: 'Hi' }, { text: '' }]));
  await using open = await openServer(
    chat((exchange) => (asked++ === 0 ? json(status, {}, { 'retry-after-ms': '150' }) : answers)(exchange)),
  );
  const answer = () => answerOf(open.model.handler, requestOf());
  expect((await errorOf(answer())).message).toMatch(/has no room/);
  const refused = await errorOf(answer());
  expect(refused.code).toBe('RPC_WORKER_BUSY');
  expect(refused.message).toMatch(/is left alone for \d+ ms more/);
  expect(asked).toBe(1);
  const laterMs = performance.now() + 150;
  await until('the end of the pause', () => performance.now() > laterMs);
  expect(await answer()).toMatchObject({ text: 'Hi' });
});

test('says by which code a server refuses, where it is one word', async () => {
  const told = { message: 'secret', type: 'invalid_request_error', code: 'content_policy_violation' };
  await using open = await openServer(chat(json(400, { error: told })));
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.message).toMatch(/400 \(invalid_request_error, content_policy_violation\)/);
});
