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
const plainMessage = mostly(
  fc.record({
    role: mostly(fc.constantFrom('system', 'developer', 'user', 'assistant')),
    content: mostly(fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 3 }))),
  }),
);
const functionName = fc.constantFrom('f', 'g', 'h');
const called = mostly(fc.record({ name: functionName, arguments: mostly(text) }));
/** A call and its result, as long as nothing else is put in their place. */
const exchange = fc.tuple(
  mostly(
    fc.record({
      role: fc.constant('assistant'),
      content: mostly(fc.oneof(text, fc.constant(null))),
      tool_calls: fc.tuple(
        fc.record({ id: fc.constant('1'), type: fc.constant('function'), function: called }),
      ),
    }),
  ),
  mostly(fc.record({ role: fc.constant('tool'), content: text, tool_call_id: fc.constant('1') })),
);
const messages = fc
  .array(fc.oneof({ weight: 4, arbitrary: plainMessage.map((one) => [one]) }, exchange), {
    minLength: 1,
    maxLength: 3,
  })
  .map((groups) => groups.flat());
const tool = mostly(
  fc.record({
    type: fc.constant('function'),
    function: mostly(
      fc.record(
        { name: functionName, description: text, parameters: mostly(fc.constant({ type: 'object' })) },
        { requiredKeys: ['name'] },
      ),
    ),
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
    model: mostly(fc.constantFrom('echo', 'calls')),
    messages: mostly(messages),
    tools: mostly(fc.oneof(fc.constant(null), fc.array(tool, { maxLength: 2 }))),
    tool_choice: mostly(fc.constantFrom(null, 'auto', 'none')),
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
  const parameters = `{"properties":{"a":{"enum":${deep}}}}`;
  const tools = `[{"type":"function","function":{"name":"f","parameters":${parameters}}}]`;
  expect(await expectSound(JSON.stringify({ ...greeting, tools: 0 }).replace(':0', `:${tools}`))).toBe(400);
});
