import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AskOptions, inProcessGateway } from '../in-process-gateway.ts';
import { findings, follow, readDescription } from './api-description.ts';

// What the description says, held against what the gateway answers.
const gateway = inProcessGateway();
const description = await readDescription(gateway);

const chat = { model: 'echo', messages: [{ role: 'user', content: 'Hello' }] };
const text = { model: 'echo', prompt: 'Hello' };
const response = { model: 'echo', input: 'Hello' };
const functionOf = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' } },
});
const calling = { ...chat, model: 'calls', tools: [functionOf('f'), functionOf('g')] };
const required = { ...calling, tool_choice: 'required' };
const likely = { model: 'likely', logprobs: true };

/** Path of the description, request, and the status that it is for. */
const asked: readonly (readonly [path: string, request: AskOptions, status: number])[] = [
  ['/livez', { method: 'GET' }, 200],
  ['/readyz', { method: 'GET' }, 200],
  ['/openapi.json', { method: 'GET' }, 200],
  ['/v1/models', { method: 'GET' }, 200],
  ['/v1/models/{model}', { method: 'GET', path: '/v1/models/family/echo' }, 200],
  ['/v1/models/{model}', { method: 'GET', path: '/v1/models/other' }, 404],
  ['/v1/chat/completions', { body: chat }, 200],
  ['/v1/chat/completions', { body: { ...chat, ...likely, top_logprobs: 1 } }, 200],
  ['/v1/chat/completions', { body: calling }, 200],
  ['/v1/chat/completions', { body: required }, 200],
  ['/v1/chat/completions', { body: { ...calling, model: 'cut-call' } }, 200],
  ['/v1/completions', { body: text }, 200],
  ['/v1/completions', { body: { ...text, model: 'likely', logprobs: 1 } }, 200],
  ['/v1/responses', { body: response }, 200],
  ['/v1/responses', { body: { ...response, model: 'long', top_logprobs: 1, metadata: { a: 'b' } } }, 200],
  ['/tokenize', { body: { model: 'echo', prompt: 'Hello' } }, 200],
  ['/tokenize', { body: { model: 'echo', messages: chat.messages } }, 200],
  ['/tokenize', { body: { model: 'fail:RPC_UNSUPPORTED', prompt: 'Hello' } }, 501],
  ['/tokenize', { body: { model: 'other', prompt: 'Hello' } }, 404],
  ['/v1/embeddings', { body: response }, 501],
];

const completions: readonly (readonly [string, object])[] = [
  ['/v1/chat/completions', chat],
  ['/v1/completions', text],
  ['/v1/responses', response],
];

/** What goes wrong on every route that writes text. */
const failing: readonly (readonly [
  change: Omit<AskOptions, 'path'> & { readonly model?: string },
  status: number,
])[] = [
  [{ body: '{' }, 400],
  [{ body: '{}' }, 400],
  [{ model: 'fail:RPC_REQUEST_INVALID' }, 400],
  [{ key: 'wrong' }, 401],
  [{ model: 'other' }, 404],
  [{ headers: { 'content-type': 'text/plain' } }, 415],
  [{ body: `"${'x'.repeat(2 * 1024 * 1024)}"` }, 413],
  [{ headers: { 'idempotency-key': ' ' } }, 400],
  [{ model: 'fail:RPC_WORKER_BUSY' }, 429],
  [{ model: 'fail:RPC_GENERATION_FAILED' }, 500],
  [{ model: 'crash' }, 500],
  [{ model: 'cut' }, 502],
  [{ model: 'fail:RPC_OVERLOADED' }, 503],
  [{ model: 'fail:RPC_DEADLINE_EXCEEDED' }, 504],
];

async function expectDescribed(path: string, request: AskOptions, status: number): Promise<void> {
  const answer = await gateway.ask({ path, ...request });
  expect(answer.status).toBe(status);
  const method = (request.method ?? 'POST').toLowerCase();
  const described = follow(description, description.paths[path]?.[method]?.responses[status]);
  const { content, headers } = Object(described);
  const schema = Object(content)['application/json']?.schema;
  expect(schema).toBeDefined();
  expect(findings(description, schema, JSON.parse(await answer.text()))).toEqual([]);
  // Fields of ours are named, and those that are named are no others'.
  const ours = [...answer.headers.keys()].filter((name) =>
    /^(x-|retry|ratelimit|allow|www-|idemp)/.test(name),
  );
  const named = Object.keys(Object(headers)).map((name) => name.toLowerCase());
  expect(ours.filter((name) => name !== 'x-content-type-options' && !named.includes(name))).toEqual([]);
}

/** @returns its text. */
async function expectDescribedStream(path: string, body: object): Promise<string> {
  const answer = await gateway.ask({ path, body: { ...body, stream: true } });
  expect(answer.status).toBe(200);
  const { content } = Object(description.paths[path]?.post?.responses['200']);
  const { contentSchema } = content['text/event-stream'].schema;
  const text = await answer.text();
  const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
  expect(events.length).toBeGreaterThan(2);
  for (const event of events) expect(findings(description, contentSchema, event)).toEqual([]);
  return text;
}

it.each(asked)('%s answers as it is described: %j', expectDescribed);

describe.each(completions)('%s', (path, body) => {
  it.each(failing)('refuses as it is described: %j', async ({ model, ...change }, status) => {
    await expectDescribed(path, { body: model === undefined ? body : { ...body, model }, ...change }, status);
  });

  it('streams as it is described', async () => {
    await expectDescribedStream(path, body);
  });
});

it.each([
  ['may', calling],
  ['must', required],
])('streams calls of an answer that %s have them as it is described', async (_title, body) => {
  const text = await expectDescribedStream('/v1/chat/completions', body);
  expect(text).toMatch(/"tool_calls":\[\{/);
});

it('describes what calls are: neither of another type, nor without a name or arguments', () => {
  const { content } = Object(description.paths['/v1/chat/completions']?.post?.responses['200']);
  const { schema } = content['application/json'];
  const whole = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
  const wholeOf = (tool_call: object) => ({
    ...{ id: 'a', object: 'chat.completion', created: 1, model: 'calls' },
    choices: [
      {
        ...{ index: 0, finish_reason: 'tool_calls', logprobs: null },
        message: { role: 'assistant', content: null, refusal: null, tool_calls: [tool_call] },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  const found = (tool_call: object) => findings(description, schema, wholeOf(tool_call));
  expect(found(whole)).toEqual([]);
  for (const wrong of [
    { ...whole, type: 'other' },
    { ...whole, id: 7 },
    { ...whole, function: { name: 'f' } },
    { ...whole, function: { arguments: '{}' } },
    { ...whole, function: { name: 'f', arguments: {} } },
  ]) {
    expect(found(wrong)).not.toEqual([]);
  }
});

describe('a body is refused for its types where its schema says so, and nowhere else', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom({}, { a: 1 }, { 1: 1 }, { a: 'b' }));
  // What a schema of one field cannot say: fields that have a meaning beside others alone.
  const contradictory = [
    'stream_options',
    'top_logprobs',
    'max_tokens',
    'prompt',
    'messages',
    'add_special_tokens',
  ];

  it.each([
    ['/v1/chat/completions', 'CreateChatCompletion', chat],
    ['/v1/completions', 'CreateCompletion', text],
    ['/v1/responses', 'CreateResponse', response],
    ['/tokenize', 'Tokenize', { model: 'echo', prompt: 'Hello' }],
  ])('by %s', async (path, schema, right) => {
    const described = { $ref: `#/components/schemas/${schema}` };
    expect(findings(description, described, right)).toEqual([]);
    const { properties } = Object(description.components.schemas[schema]);
    let refused = 0;
    const field = fc.constantFrom(...Object.keys(properties));
    await fc.assert(
      fc.asyncProperty(field, value, async (name, wrong) => {
        const body = { ...right, [name]: wrong };
        const answer = await gateway.ask({ path, body });
        if (findings(description, described, body).length > 0) {
          refused += 1;
          expect(answer.status).toBe(400);
        } else if (answer.status === 400) {
          const { error } = JSON.parse(await answer.text());
          if (!contradictory.includes(error.param)) expect(error.code).not.toBe('invalid_value');
        }
      }),
      { numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(30);
  });
});

describe('whatever comes', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const nested = '['.repeat(200_000) + ']'.repeat(200_000);

  async function expectSound(path: string, body: string): Promise<number> {
    const answer = await gateway.ask({ path, body });
    const text = await answer.text();
    expect(answer.status).toBeLessThan(500);
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      expect(text).toMatch(/(\[DONE\]|"type":"response\.completed".*)\n\n$/);
      return answer.status;
    }
    const described = follow(description, description.paths[path]?.post?.responses[answer.status]);
    const schema = Object(described).content['application/json'].schema;
    expect(findings(description, schema, JSON.parse(text))).toEqual([]);
    return answer.status;
  }

  it.each([
    ['/v1/responses', 'CreateResponse', response],
    ['/tokenize', 'Tokenize', { model: 'echo', prompt: 'Hello' }],
  ])('%s answers it soundly', async (path, schema, right) => {
    const { properties } = Object(description.components.schemas[schema]);
    const names = fc.constantFrom(
      ...Object.keys(properties),
      'tools',
      'store',
      'reasoning',
      '__proto__',
      'constructor',
    );
    const change = fc.dictionary(names, value, { maxKeys: 2 });
    const bodies = fc.oneof(
      { weight: 3, arbitrary: change.map((changes) => JSON.stringify({ ...right, ...changes })) },
      { weight: 1, arbitrary: value.map((any) => JSON.stringify(any)) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 64 }) },
    );
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const status = await expectSound(path, body);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { numRuns: 60 },
    );
    expect(Math.min(statuses.get(200) ?? 0, statuses.get(400) ?? 0)).toBeGreaterThan(5);
  });

  it.each([
    ['/v1/responses', '{"model":"echo","input":NESTED}'],
    ['/v1/responses', '{"model":"echo","input":"x","metadata":NESTED}'],
    ['/v1/responses', '{"model":"echo","input":"x","reasoning":{"effort":NESTED}}'],
    [
      '/v1/responses',
      '{"model":"echo","input":"x","text":{"format":{"type":"json_schema","name":"s","schema":{"enum":NESTED}}}}',
    ],
    ['/tokenize', '{"model":"echo","prompt":NESTED}'],
    ['/tokenize', '{"model":"echo","messages":NESTED}'],
  ])('%s refuses nesting that no stack holds: %s', async (path, body) => {
    expect(await expectSound(path, body.replace('NESTED', nested))).toBe(400);
  });
});
