import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createApp } from '../../../src/gateway/app.ts';
import { defaultLimits } from '../../../src/gateway/limits.ts';
import { inDepth } from '../../in-depth.ts';
import { keyAccess } from './authentication/key-access.ts';
import { authorization, nodeFiles } from './gateway-program.ts';
import { eventsOf, greeting } from './http-exchange.ts';
import { expectShape, requestFields } from './openai-schema.ts';
import { scriptedInference } from './scripted-inference.ts';

const { signal } = new AbortController();
const logger = { info: () => {}, warn: () => {} };
const clock = { nowUnixMs: () => Date.now() };
const app = createApp({
  inference: scriptedInference({ logger }),
  access: keyAccess(nodeFiles['secrets/api-keys.json'] ?? '', clock),
  limits: defaultLimits,
  clock,
  randomId: () => 'id',
  logger,
  lifecycle: { draining: signal, stopping: signal },
});

async function post(body: string): Promise<Response> {
  return app.request('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body,
  });
}

/** No 5xx, and every body is OpenAI's: an answer, a stream with its end, or the envelope. */
async function expectSound(body: string): Promise<number> {
  const response = await post(body);
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  if (response.status >= 400) {
    expectShape('ErrorResponse', JSON.parse(text));
    expect(JSON.parse(text).error.message).not.toBe('');
  } else if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    expect(eventsOf(text).at(-1)).toBe('data: [DONE]');
  } else {
    expectShape('CreateChatCompletionResponse', JSON.parse(text));
  }
  return response.status;
}

async function sound(body: string): Promise<void> {
  await expectSound(body);
}

const anyValue = fc.jsonValue({ maxDepth: 4 });
const text = fc.string({ unit: 'grapheme' });

/** Mostly `usual`, so that many bodies are right but for one thing, and some are right. */
function mostly<T>(usual: fc.Arbitrary<T>): fc.Arbitrary<T | fc.JsonValue> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: anyValue });
}

const part = mostly(fc.record({ type: fc.constant('text'), text }));
const message = mostly(
  fc.record({
    role: mostly(fc.constantFrom('system', 'developer', 'user', 'assistant')),
    content: mostly(fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 3 }))),
  }),
);
const anyField = fc.constantFrom(
  ...requestFields('CreateChatCompletionRequest'),
  '__proto__',
  'constructor',
  'toString',
);
const nearlyRight = fc
  .record({
    model: mostly(fc.constant('echo')),
    messages: mostly(fc.array(message, { minLength: 1, maxLength: 3 })),
    stream: mostly(fc.boolean()),
    extra: fc.dictionary(anyField, anyValue, { maxKeys: 1 }),
  })
  .map(({ extra, ...body }) => ({ ...body, ...extra }));

it('answers any JSON soundly', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json({ maxDepth: 6 }),
        anyValue.map((value) => JSON.stringify(value)),
      ),
      sound,
    ),
    { numRuns: inDepth(200) },
  );
});

it('answers any request that is nearly right soundly', async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(nearlyRight, async (body) => {
      const status = await expectSound(JSON.stringify(body));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
    { numRuns: 300 },
  );
  // Otherwise the property says little about answers, or little about refusals.
  expect(Math.min(statuses.get(200) ?? 0, statuses.get(400) ?? 0)).toBeGreaterThan(20);
});

it('answers any bytes soundly', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 64 }), sound), {
    numRuns: inDepth(200),
  });
});

it('answers nesting that no stack holds', async () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  await expectSound(deep);
  await expectSound(JSON.stringify(greeting).replace('"echo"', deep));
  const format = `{"type":"json_schema","json_schema":{"name":"s","schema":{"enum":${deep}}}}`;
  const body = JSON.stringify({ ...greeting, response_format: 0 }).replace(':0', `:${format}`);
  expect(await expectSound(body)).toBe(400);
});
