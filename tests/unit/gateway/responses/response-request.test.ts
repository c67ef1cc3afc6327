import { describe, expect, it } from 'vitest';
import { createInMemoryLimitStore } from '../../../../src/gateway/limits/limit-store.ts';
import { createLimiter } from '../../../../src/gateway/limits/limiter.ts';
import { parseLimitPolicies } from '../../../../src/gateway/limits/policy.ts';
import { inProcessGateway } from '../in-process-gateway.ts';
import { expectShape, requestFields } from '../openai-schema.ts';

const gateway = inProcessGateway();
const right = { model: 'echo', input: 'Hello' };

async function send(body: unknown) {
  const response = await gateway.ask({ path: '/v1/responses', body });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const half = '\ud800';
const user = { role: 'user', content: 'Hello' };

// Body beside what is right, and what is wrong with it by name.
const refused: readonly (readonly [param: string | null, body: object])[] = [
  ['model', { model: undefined }],
  ['model', { model: 7 }],
  ['model', { model: '' }],
  ['input', { input: undefined }],
  ['input', { input: 7 }],
  ['input', { input: [] }],
  ['input', { input: half }],
  ['input[0].role', { input: [{ role: 'tool', content: 'x' }] }],
  ['input[0].content', { input: [{ role: 'user' }] }],
  ['input[0].content', { input: [{ role: 'user', content: [] }] }],
  [
    'input[0].content[0].type',
    { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
  ],
  ['input[0].content[0].text', { input: [{ role: 'user', content: [{ type: 'input_text', text: 1 }] }] }],
  ['input[1].type', { input: [user, { type: 'function_call', name: 'x', arguments: '{}', call_id: 'y' }] }],
  ['input[0].type', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
  ['input', { input: Array.from({ length: 1025 }, () => user) }],
  ['instructions', { instructions: ['x'] }],
  ['max_output_tokens', { max_output_tokens: 0 }],
  ['max_output_tokens', { max_output_tokens: '7' }],
  ['max_output_tokens', { max_output_tokens: 1e9 }],
  ['temperature', { temperature: 2.1 }],
  ['top_p', { top_p: -1 }],
  ['top_logprobs', { top_logprobs: 21 }],
  ['include', { include: 'message.output_text.logprobs' }],
  ['metadata', { metadata: { a: 1 } }],
  ['metadata', { metadata: [] }],
  ['metadata', { metadata: { ['k'.repeat(65)]: 'x' } }],
  ['metadata', { metadata: { a: 'x'.repeat(513) } }],
  ['metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'x'])) }],
  ['text.format.type', { text: { format: { type: 'grammar' } } }],
  ['text.format.name', { text: { format: { type: 'json_schema', name: 'a b', schema: {} } } }],
  ['text.format.schema', { text: { format: { type: 'json_schema', name: 'a', schema: [] } } }],
  [
    'text.format.schema',
    { text: { format: { type: 'json_schema', name: 'a', schema: { a: 'x'.repeat(1e6) } } } },
  ],
  ['text.verbosity', { text: { verbosity: 'low' } }],
  ['stream', { stream: 'yes' }],
  ['stream_options', { stream_options: {} }],
  ['stream_options.include_obfuscation', { stream: true, stream_options: { include_obfuscation: true } }],
  ['user', { user: 'x'.repeat(513) }],
  ['seed', { seed: -1 }],
];

// What asks for something that is not here.
const unserved: readonly (readonly [param: string, body: object])[] = [
  ['store', { store: true }],
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['conversation', { conversation: 'conv_1' }],
  ['background', { background: true }],
  ['prompt', { prompt: { id: 'pmpt_1' } }],
  ['tools', { tools: [{ type: 'web_search' }] }],
  ['tools', { tools: [{ type: 'function', name: 'x', parameters: {}, strict: true }] }],
  ['tool_choice', { tool_choice: 'required' }],
  ['reasoning', { reasoning: { effort: 'high' } }],
  ['truncation', { truncation: 'auto' }],
  ['context_management', { context_management: [{ type: 'compaction' }] }],
  ['moderation', { moderation: { model: 'x' } }],
  ['guided_json', { guided_json: {} }],
];

// What asks for nothing.
const passing: readonly object[] = [
  { store: false },
  { previous_response_id: null, conversation: null, background: false, prompt: null },
  { tools: [], tool_choice: 'none', parallel_tool_calls: false, max_tool_calls: 3 },
  { reasoning: { effort: null, summary: null } },
  { truncation: 'disabled', context_management: [], service_tier: 'auto' },
  { include: ['reasoning.encrypted_content'] },
  { text: null },
  { text: { format: null, verbosity: 'medium' } },
  { unknown: { to: 'all' } },
];

it.each(refused)('refuses a wrong %s', async (param, wrong) => {
  const { status, body } = await send({ ...right, ...wrong });
  expect({ status, param: body.error?.param }).toEqual({ status: 400, param });
  expectShape('ErrorResponse', body);
});

it.each(unserved)('refuses a %s that it cannot honour', async (param, asking) => {
  const { status, body } = await send({ ...right, ...asking });
  expect({ status, param: body.error?.param, code: body.error?.code }).toEqual({
    status: 400,
    param,
    code: 'unsupported_parameter',
  });
});

it.each(passing)('takes what asks for nothing: %j', async (asking) => {
  const { status, body } = await send({ ...right, ...asking });
  expect(status).toBe(200);
  expectShape('Response', body);
});

it.each(['null', '[]', '"text"', '7'])('refuses a body that is no object: %s', async (body) => {
  expect((await send(body)).status).toBe(400);
});

describe('every field of the published description', () => {
  // Each has a meaning here, or is refused where it asks for something, or says why it may be ignored.
  const ignored: Readonly<Record<string, string>> = {
    max_tool_calls: 'no tool is called',
    service_tier: 'there is one, and the answer says which',
    prompt_cache_options: 'the cache of prompts is the worker’s own, and changes no answer',
    prompt_cache_retention: 'likewise',
  };
  const known = new Set([
    ...[...refused, ...unserved].map(([param]) => param?.split(/[.[]/)[0]),
    ...Object.keys(ignored),
    'parallel_tool_calls',
    'safety_identifier',
    'prompt_cache_key',
  ]);

  it('is known', () => {
    const fields = requestFields('CreateResponse');
    expect(fields.length).toBeGreaterThan(25);
    expect(fields.filter((field) => !known.has(field))).toEqual([]);
  });
});

describe('the limits of a caller', () => {
  const clock = { nowUnixMs: () => 0 };
  const logger = { info: () => {}, warn: () => {} };
  const policies = parseLimitPolicies(
    JSON.stringify({ default: { promptBytesMax: 5, completionTokensMax: 10, requestsPerMinute: 2 } }),
  );
  const limiter = createLimiter({
    ...{ clock, logger, requestMs: 1000, randomId: () => crypto.randomUUID(), policies: () => policies },
    store: createInMemoryLimitStore({ clock }),
  });
  const limited = inProcessGateway({ limiter });

  it.each([
    ['input', { input: 'Hello!' }],
    ['max_output_tokens', { max_output_tokens: 11 }],
  ])('refuse a large %s by its name', async (param, body) => {
    const response = await limited.ask({ path: '/v1/responses', body: { ...right, ...body } });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('count a response as a request', async () => {
    const ask = () => limited.ask({ path: '/v1/responses', body: right });
    const [first, second, third] = [await ask(), await ask(), await ask()];
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(first.headers.get('ratelimit')).not.toBeNull();
  });
});
