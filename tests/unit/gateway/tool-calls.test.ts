import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { eventsOf } from './http-exchange.ts';
import { inProcessGateway } from './in-process-gateway.ts';
import { expectShape } from './openai-schema.ts';

const gateway = inProcessGateway();
const toolOf = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
const asked = {
  model: 'calls',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [toolOf('f'), toolOf('g')],
};

async function whole(fields: object = {}): Promise<OpenAI.ChatCompletion> {
  const response = await gateway.ask({ body: { ...asked, ...fields } });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as OpenAI.ChatCompletion;
  expectShape('CreateChatCompletionResponse', { ...answer });
  return answer;
}

async function streamed(fields: object = {}): Promise<readonly OpenAI.ChatCompletionChunk.Choice[]> {
  const response = await gateway.ask({ body: { ...asked, ...fields, stream: true } });
  const events = eventsOf(await response.text());
  expect(events.at(-1)).toBe('data: [DONE]');
  const chunks: readonly OpenAI.ChatCompletionChunk[] = events
    .slice(0, -1)
    .map((event) => JSON.parse(event.slice('data: '.length)));
  for (const chunk of chunks) expectShape('CreateChatCompletionStreamResponse', chunk);
  return chunks.flatMap(({ choices }) => choices);
}

const id = expect.stringMatching(/^call_[0-9a-f]{32}_\d_\d$/);
const call = (name: string) => ({ id, type: 'function', function: { name, arguments: '{"city":"Rome"}' } });

describe('a whole answer', () => {
  it.each([
    ['that must call', { tool_choice: 'required' }, null, ['f', 'g']],
    [
      'that must call one of them',
      { tool_choice: { type: 'function', function: { name: 'g' } } },
      null,
      ['g'],
    ],
    ['that may call', {}, 'Let me see.', ['f', 'g']],
    ['that may call one', { parallel_tool_calls: false }, 'Let me see.', ['f']],
  ])('%s has its calls', async (_, fields, content, names) => {
    const { choices } = await whole(fields);
    expect(choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content, tool_calls: names.map(call), refusal: null },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ]);
  });

  it('that may call nothing has no word of calls', async () => {
    const { choices } = await whole({ tool_choice: 'none' });
    expect(choices[0]?.message).toEqual({ role: 'assistant', content: 'No tools.', refusal: null });
  });

  it('that is cut in its arguments says so', async () => {
    const { choices } = await whole({ model: 'cut-call' });
    expect(choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { tool_calls: [{ function: { arguments: '{"city":' } }] },
    });
  });

  it('gives no two calls one id', async () => {
    const answers = [await whole({ n: 2 }), await whole()];
    const ids = answers.flatMap(({ choices }) =>
      choices.flatMap(({ message }) => (message.tool_calls ?? []).map((called) => called.id)),
    );
    expect(new Set(ids).size).toBe(6);
  });
});

describe('a streamed answer', () => {
  it('names each call once and gives its arguments as they come', async () => {
    const choices = await streamed();
    expect(choices.map(({ delta }) => delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Let me see.' },
      ...['f', 'g'].flatMap((name, index) => [
        { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] },
        { tool_calls: [{ index, function: { arguments: '{"city":' } }] },
        { tool_calls: [{ index, function: { arguments: '"Rome"}' } }] },
      ]),
      {},
    ]);
    expect(choices.map(({ finish_reason }) => finish_reason).filter((reason) => reason !== null)).toEqual([
      'tool_calls',
    ]);
  });

  it('has its calls by choice', async () => {
    const choices = await streamed({ n: 2, tool_choice: 'required' });
    const named = choices.flatMap(({ index, delta }) =>
      (delta.tool_calls ?? []).flatMap((called) => (called.id === undefined ? [] : [[index, called.id]])),
    );
    expect(named).toHaveLength(4);
    for (const [index, called] of named) expect(called).toMatch(new RegExp(`_${index}_[01]$`));
  });
});

it('refuses tools where text is continued', async () => {
  const response = await gateway.ask({
    path: '/v1/completions',
    body: { model: 'echo', prompt: 'x', tools: asked.tools },
  });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'tools' } }]);
});
