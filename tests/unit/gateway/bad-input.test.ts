import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { greeting, openRaw, type Posted, postChat, rawPost } from './http-exchange.ts';
import { expectShape } from './openai-schema.ts';

interface Row extends Posted {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly param?: string;
  readonly retryAfter?: string;
}

const bodyBytesMax = 4096;

function withField(name: string, value: unknown) {
  return { ...greeting, [name]: value };
}

function withMessage(message: unknown) {
  return { model: 'echo', messages: [message] };
}

function withFormat(json_schema: unknown) {
  return withField('response_format', { type: 'json_schema', json_schema });
}

const rawChunkedHead = [
  'POST /v1/chat/completions HTTP/1.1',
  'Host: gateway',
  'Content-Type: application/json',
  `Authorization: ${authorization}`,
  'Transfer-Encoding: chunked',
  '',
  '',
].join('\r\n');

const transport: readonly Row[] = [
  { title: 'an empty body', body: '', status: 400, code: 'invalid_json' },
  { title: 'malformed JSON', body: '{"model": "echo"', status: 400, code: 'invalid_json' },
  { title: 'nesting without end', body: '['.repeat(4000), status: 400, code: 'invalid_json' },
  {
    title: 'plain text',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    title: 'a form',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    title: 'another charset',
    headers: { 'content-type': 'application/json; charset=latin1' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    title: 'compression',
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    title: 'a body over the limit',
    body: withMessage({ role: 'user', content: 'x'.repeat(bodyBytesMax) }),
    status: 413,
    code: 'request_too_large',
  },
];

const invalid: readonly (readonly [title: string, body: unknown, param: string | undefined])[] = [
  ['a list', [greeting], undefined],
  ['null', 'null', undefined],
  ['no model', { messages: greeting.messages }, 'model'],
  ['an empty model', withField('model', ''), 'model'],
  ['a number as model', withField('model', 7), 'model'],
  ['a model name over 256 characters', withField('model', 'm'.repeat(257)), 'model'],
  ['no messages', { model: 'echo' }, 'messages'],
  ['an empty list of messages', withField('messages', []), 'messages'],
  ['messages as text', withField('messages', 'hello'), 'messages'],
  ['a message that is null', withMessage(null), 'messages[0]'],
  ['an unknown role', withMessage({ role: 'wizard', content: 'x' }), 'messages[0].role'],
  ['the role of a tool', withMessage({ role: 'tool', content: 'x', tool_call_id: '1' }), 'messages[0].role'],
  ['a message without content', withMessage({ role: 'user' }), 'messages[0].content'],
  ['content that is null', withMessage({ role: 'assistant', content: null }), 'messages[0].content'],
  ['content without parts', withMessage({ role: 'user', content: [] }), 'messages[0].content'],
  [
    'an image',
    withMessage({
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'image_url', image_url: {} },
      ],
    }),
    'messages[0].content[1].type',
  ],
  ['half a character', withMessage({ role: 'user', content: '\ud800' }), 'messages[0].content'],
  [
    'a call of a tool',
    withMessage({ role: 'assistant', content: 'x', tool_calls: [{ id: '1' }] }),
    'messages[0].tool_calls[0].type',
  ],
  ['a choice of no function', withField('tool_choice', 'required'), 'tool_choice'],
  [
    'a function without a name',
    withField('tools', [{ type: 'function', function: {} }]),
    'tools[0].function.name',
  ],
  ['a temperature over 2', withField('temperature', 2.1), 'temperature'],
  ['a temperature under 0', withField('temperature', -0.1), 'temperature'],
  ['a temperature as text', withField('temperature', '1'), 'temperature'],
  [
    'an infinite temperature',
    '{"model":"echo","messages":[{"role":"user","content":"x"}],"temperature":1e999}',
    'temperature',
  ],
  ['a nucleus over 1', withField('top_p', 1.1), 'top_p'],
  ['a negative seed', withField('seed', -1), 'seed'],
  ['a seed with a fraction', withField('seed', 1.5), 'seed'],
  ['no tokens', withField('max_tokens', 0), 'max_tokens'],
  ['tokens without end', withField('max_completion_tokens', 131_073), 'max_completion_tokens'],
  ['two limits that differ', { ...greeting, max_tokens: 1, max_completion_tokens: 2 }, 'max_tokens'],
  ['five stop texts', withField('stop', ['a', 'b', 'c', 'd', 'e']), 'stop'],
  ['an empty stop text', withField('stop', ''), 'stop'],
  ['no choice', withField('n', 0), 'n'],
  ['nine choices', withField('n', 9), 'n'],
  ['log probabilities as a number', withField('logprobs', 1), 'logprobs'],
  ['21 alternatives', { ...greeting, logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
  ['alternatives of nothing', withField('top_logprobs', 3), 'top_logprobs'],
  ['a penalty over 2', withField('frequency_penalty', 2.5), 'frequency_penalty'],
  ['a penalty under -2', withField('presence_penalty', -2.5), 'presence_penalty'],
  ['a bias over 100', withField('logit_bias', { 5: 101 }), 'logit_bias'],
  ['a bias of a word', withField('logit_bias', { hello: 1 }), 'logit_bias'],
  ['one token twice', withField('logit_bias', { 5: 1, '05': 2 }), 'logit_bias'],
  ['biases as a list', withField('logit_bias', [1]), 'logit_bias'],
  ['a cut under -1', withField('top_k', -2), 'top_k'],
  ['a share over 1', withField('min_p', 1.5), 'min_p'],
  ['a factor of nothing', withField('repetition_penalty', 0), 'repetition_penalty'],
  ['a negative token', withField('stop_token_ids', [-1]), 'stop_token_ids[0]'],
  ['a format as text', withField('response_format', 'json_object'), 'response_format'],
  ['an unknown format', withField('response_format', { type: 'grammar' }), 'response_format.type'],
  ['a format without its schema', withFormat(undefined), 'response_format.json_schema'],
  ['a schema without a name', withFormat({ schema: {} }), 'response_format.json_schema.name'],
  ['a name without a schema', withFormat({ name: 's' }), 'response_format.json_schema.schema'],
  ['a schema as a list', withFormat({ name: 's', schema: [] }), 'response_format.json_schema.schema'],
  ['stream as text', withField('stream', 'yes'), 'stream'],
  ['stream options without a stream', withField('stream_options', { include_usage: true }), 'stream_options'],
];

const unsupported: readonly (readonly [param: string, value: unknown])[] = [
  ['functions', [{ name: 'f' }]],
  ['function_call', { name: 'f' }],
  ['audio', { voice: 'x', format: 'wav' }],
  ['modalities', ['text', 'audio']],
  ['web_search_options', {}],
  ['reasoning_effort', 'high'],
  ['guided_json', {}],
  ['best_of', 2],
  ['structured_outputs', { regex: 'a' }],
];

const failures: readonly Row[] = [
  {
    title: 'an unknown model',
    body: withField('model', 'gpt-9'),
    status: 404,
    code: 'model_not_found',
    param: 'model',
  },
  failing('RPC_NO_WORKER', { status: 503, code: 'no_worker', retryAfter: '5' }),
  failing('RPC_ENGINE_UNREACHABLE', { status: 503, code: 'no_worker', retryAfter: '5' }),
  failing('RPC_WORKER_BUSY', { status: 429, code: 'workers_busy', retryAfter: '1' }),
  failing('RPC_WORKER_LOST', { status: 502, code: 'worker_lost' }),
  failing('RPC_FRAME_INVALID', { status: 502, code: 'worker_lost' }),
  failing('RPC_DEADLINE_EXCEEDED', { status: 504, code: 'deadline_exceeded' }),
  failing('RPC_GENERATION_FAILED', { status: 500, code: 'generation_failed' }),
  failing('SOMETHING_ELSE', { status: 500, code: 'internal_error' }),
  {
    title: 'an error frame',
    body: withField('model', 'error-frame'),
    status: 500,
    code: 'generation_failed',
  },
  { title: 'an answer without its end', body: withField('model', 'cut'), status: 502, code: 'worker_lost' },
  {
    title: 'an error nobody foresaw',
    body: withField('model', 'crash'),
    status: 500,
    code: 'internal_error',
  },
];

function failing(rpcCode: string, answer: Pick<Row, 'status' | 'code' | 'retryAfter'>): Row {
  return { title: rpcCode, body: withField('model', `fail:${rpcCode}`), ...answer };
}

const rows: readonly Row[] = [
  ...transport,
  ...invalid.map(([title, body, param]) => ({
    title,
    body,
    status: 400,
    code: 'invalid_value',
    ...(param === undefined ? {} : { param }),
  })),
  ...unsupported.map(([param, value]) => ({
    title: `${param} = ${JSON.stringify(value)}`,
    body: withField(param, value),
    status: 400,
    code: 'unsupported_parameter',
    param,
  })),
  ...failures,
];

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      runtime,
      limits: { bodyReadMs: 1000, requestMs: 3000 },
      environment: { DRYDOCK_BODY_BYTES_MAX: String(bodyBytesMax) },
    });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(rows)('answers $title with $status $code', async (row) => {
    const response = await postChat(gateway, row);
    const answer: unknown = await response.json();
    expect(answer).toEqual({
      error: {
        message: expect.stringMatching(/^could not \w+ .+/),
        type: expect.any(String),
        param: row.param ?? null,
        code: row.code,
      },
    });
    expect(response.status).toBe(row.status);
    expect(response.headers.get('retry-after')).toBe(row.retryAfter ?? null);
    expectShape('ErrorResponse', answer);
    expectSafeHeaders(response);
    // What the scripted worker side puts into its errors is for nobody outside.
    expect(JSON.stringify(answer)).not.toMatch(/worker-7|10\.0\.10\.10|Say hello|scripted/);
  });

  it('tells the client why the worker refused its request', async () => {
    const response = await postChat(gateway, { body: withField('model', 'fail:RPC_REQUEST_INVALID') });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'request_refused', message: expect.stringContaining('scripted') },
    });
  });

  it('gives a streamed request the same status before its first token', async () => {
    const body = { ...withField('model', 'fail:RPC_WORKER_BUSY'), stream: true };
    const response = await postChat(gateway, { body });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ error: { code: 'workers_busy' } });
  });

  it('refuses bytes that are not UTF-8', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: Buffer.from('{"model":"\xff","messages":[]}', 'latin1'),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_json' } });
  });

  it('refuses a body over the limit that names no length', async () => {
    const chunk = `400\r\n${' '.repeat(1024)}\r\n`;
    const head = rawChunkedHead.replace('Host:', 'Connection: close\r\nHost:');
    const { closed } = openRaw(gateway, `${head}${chunk.repeat(bodyBytesMax / 1024 + 2)}0\r\n\r\n`);
    expect(await closed).toMatch(/^HTTP\/1\.1 413 [\s\S]+"code":"request_too_large"/);
  });

  it('ends the connection of a client that never ends its body', async () => {
    const { socket, closed, received } = openRaw(gateway, rawChunkedHead);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    let sentBytes = 0;
    const send = () => {
      // Bounded, so that a gateway that reads for ever fails the test instead of filling it.
      if (sentBytes > 256 * 1024 * 1024) socket.destroy();
      if (socket.destroyed) return;
      sentBytes += chunk.length;
      if (socket.write(chunk)) setImmediate(send);
      else socket.once('drain', send);
    };
    send();
    await closed;
    expect(sentBytes).toBeLessThan(128 * 1024 * 1024);
    expect(received()).toMatch(/^(HTTP\/1\.1 413 .*|)$/m);
  });

  it('gives up on a body that does not arrive', async () => {
    const { closed, socket } = openRaw(gateway, rawPost('{"model"').replace('Length: 8', 'Length: 80'));
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (text) => resolve(String(text))),
    );
    socket.destroy();
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('accepts a body just under the limit and a JSON type with charset', async () => {
    const padding = bodyBytesMax - JSON.stringify(withMessage({ role: 'user', content: '' })).length;
    const response = await postChat(gateway, {
      body: withMessage({ role: 'user', content: 'x'.repeat(padding) }),
      headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
    });
    expect(response.status).toBe(200);
  });
});

function expectSafeHeaders(response: Response): void {
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  expect(response.headers.get('server')).toBeNull();
  expect(response.headers.get('x-powered-by')).toBeNull();
}
