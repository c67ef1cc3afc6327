import { describe, expect, it } from 'vitest';
import { inProcessGateway } from '../in-process-gateway.ts';
import { expectShape } from '../openai-schema.ts';
import { streamedEvents } from './response-stream.ts';

const path = '/v1/responses';
const gateway = inProcessGateway();

async function create(body: object) {
  const response = await gateway.ask({ path, body: { model: 'echo', input: 'Hello', ...body } });
  expect(response.status).toBe(200);
  const answer = JSON.parse(await response.text());
  expectShape('Response', answer);
  return answer;
}

async function stream(body: object) {
  const response = await gateway.ask({
    path,
    body: { model: 'echo', input: 'Hello', stream: true, ...body },
  });
  expect(response.status).toBe(200);
  return streamedEvents(await response.text());
}

/** What a worker is asked for. */
async function asked(body: object) {
  const answer = await create({ model: 'inspect', ...body });
  return JSON.parse(answer.output[0].content[0].text);
}

describe('an answer that is cut short', () => {
  const incomplete = {
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ status: 'incomplete', content: [{ text: 'cut short' }] }],
  };

  it('is incomplete as a whole', async () => {
    expect(await create({ model: 'long' })).toMatchObject(incomplete);
  });

  it('is incomplete as a stream', async () => {
    const last = (await stream({ model: 'long' })).at(-1);
    expect(last).toMatchObject({ type: 'response.incomplete', response: incomplete });
  });
});

describe('an answer that breaks off', () => {
  it('ends with what came of it, and an error', async () => {
    const events = await stream({ model: 'fail-after:RPC_WORKER_LOST' });
    expect(events.slice(-2)).toMatchObject([
      {
        type: 'response.failed',
        response: {
          status: 'failed',
          error: { code: 'server_error' },
          output: [{ status: 'incomplete', content: [{ text: 'Hello' }] }],
        },
      },
      { type: 'error', code: 'worker_lost', param: null },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/response\.(completed|incomplete|output_text\.done)|worker-7/);
  });

  it.each(['error-frame', 'cut', 'crash'])('is no success: %s', async (model) => {
    const response = await gateway.ask({ path, body: { model, input: 'Hello' } });
    expect(response.status).toBeGreaterThanOrEqual(500);
    expectShape('ErrorResponse', await response.json());
  });

  it.each([
    ['RPC_WORKER_BUSY', 429],
    ['RPC_NO_WORKER', 503],
    ['RPC_MODEL_UNKNOWN', 404],
    ['RPC_REQUEST_INVALID', 400],
  ])('has its own status where it breaks off before its first token: %s', async (code, status) => {
    const response = await gateway.ask({
      path,
      body: { model: `fail:${code}`, input: 'Hello', stream: true },
    });
    expect(response.status).toBe(status);
    expectShape('ErrorResponse', await response.json());
  });
});

it('is given again under its idempotency key, byte by byte', async () => {
  const asked = {
    path,
    body: { model: 'echo', input: 'Hello', stream: true },
    headers: { 'idempotency-key': 'once' },
  };
  const [first, again] = [await gateway.ask(asked), await gateway.ask(asked)];
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.text()).toBe(await first.text());
});

it('is recorded as chat completions are', async () => {
  const own = inProcessGateway();
  await (await own.ask({ path, body: { model: 'echo', input: 'Hello', stream: true } })).text();
  const line = own.logLines.find(({ event }) => event === 'request');
  expect(line).toMatchObject({
    route: path,
    status: 200,
    model: 'echo',
    promptTokens: 5,
    completionTokens: 2,
    finishReason: 'stop',
    isStreaming: true,
  });
});

describe('log probabilities', () => {
  const include = ['message.output_text.logprobs'];
  const first = { token: 'Hé', logprob: -0.25, bytes: [0x48, 0xc3, 0xa9] };

  it('come where they are asked for', async () => {
    const answer = await create({ model: 'likely', include, top_logprobs: 1 });
    const [content] = answer.output[0].content;
    expect(content.text).toBe('Hé😀');
    expect(content.logprobs).toHaveLength(3);
    expect(content.logprobs[0]).toEqual({ ...first, top_logprobs: [first] });
  });

  it('come with the deltas of a stream, with half a character too', async () => {
    const events = await stream({ model: 'likely', include, top_logprobs: 1 });
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    expect(deltas.map(({ delta }) => delta)).toEqual(['Hé', '', '😀']);
    const done = events.find(({ type }) => type === 'response.output_text.done');
    expect(deltas.flatMap(({ logprobs }) => logprobs)).toEqual(done?.logprobs);
  });

  it('do not come otherwise', async () => {
    const answer = await create({ model: 'likely' });
    expect(answer.output[0].content[0].logprobs).toEqual([]);
  });
});

describe('what a worker is asked for', () => {
  it.each([
    ['text', { input: 'Hello' }, [{ role: 'user', content: 'Hello' }]],
    [
      'instructions, a system message and a developer message as one',
      {
        instructions: 'One.',
        input: [
          { role: 'system', content: 'Two.' },
          { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Three.' }] },
          { role: 'user', content: 'Hello' },
        ],
      },
      [
        { role: 'system', content: 'One.\n\nTwo.\n\nThree.' },
        { role: 'user', content: 'Hello' },
      ],
    ],
    [
      'an earlier answer, as it was given',
      {
        instructions: '',
        input: [
          { role: 'user', content: 'A' },
          {
            id: 'msg_1',
            type: 'message',
            status: 'completed',
            role: 'assistant',
            content: [
              { type: 'output_text', text: 'B', annotations: [], logprobs: [] },
              { type: 'output_text', text: 'C', annotations: [], logprobs: [] },
            ],
          },
          { role: 'user', content: 'D' },
        ],
      },
      [
        { role: 'user', content: 'A' },
        { role: 'assistant', content: 'BC' },
        { role: 'user', content: 'D' },
      ],
    ],
  ])('is %s', async (_title, body, messages) => {
    expect((await asked(body)).messages).toEqual(messages);
  });

  it('is the sampling that the request says', async () => {
    const body = { temperature: 0.5, top_p: 0.25, max_output_tokens: 7, seed: 3, top_k: 4 };
    expect((await asked(body)).sampling).toEqual({
      temperature: 0.5,
      topP: 0.25,
      maxTokens: 7,
      seed: 3,
      topK: 4,
      stop: [],
    });
  });

  it('is a schema in the order of its properties', async () => {
    const schema = { type: 'object', properties: { z: { type: 'string' }, a: { type: 'number' } } };
    const format = { type: 'json_schema', name: 'thing', schema, strict: true };
    const { sampling } = await asked({ text: { format } });
    expect(sampling.responseFormat).toEqual({ type: 'json_schema', schema: JSON.stringify(schema) });
    expect((await create({ text: { format } })).text.format).toEqual(format);
  });
});
