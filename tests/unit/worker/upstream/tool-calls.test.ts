import { expect, test } from 'vitest';
import { toolsOf, weatherSchema } from '../tools.ts';
import { vllmRoutes } from './recorded.ts';
import { doneEvent, stream } from './scripted-server.ts';
import { answerOf, errorOf, openServer, requestOf } from './upstream-model.ts';

const chatPath = '/v1/chat/completions';
const usage = { prompt_tokens: 13, completion_tokens: 4 };

function events(deltas: readonly object[], reason: string): unknown[] {
  const chunk = (choice: object) => ({ choices: [{ index: 0, finish_reason: null, ...choice }] });
  return [
    ...deltas.map((delta) => chunk({ delta })),
    chunk({ delta: {}, finish_reason: reason }),
    { choices: [], usage },
    doneEvent,
  ];
}

const part = (index: number, given: object) => ({ tool_calls: [{ index, function: given }] });
const named = [
  { role: 'assistant', content: 'Wait.' },
  part(0, { name: 'now', arguments: '' }),
  // Some servers name it again, with nothing.
  part(0, { name: '', arguments: '{' }),
  part(0, { arguments: '}' }),
  part(1, { name: 'get_weather', arguments: '{"city":"Rome"}' }),
];

function open(deltas: readonly object[], reason: string) {
  return openServer({ ...vllmRoutes(), [chatPath]: stream(events(deltas, reason)) });
}

test.each(['tool_calls', 'stop'])('passes the calls of a server on that ends with %s', async (reason) => {
  await using opened = await open(named, reason);
  const { frames, text, finishReason } = await answerOf(
    opened.model.handler,
    requestOf({ tools: toolsOf({ isParallel: true }) }),
  );
  expect([text, finishReason]).toEqual(['Wait.', 'tool_calls']);
  const calls: string[] = [];
  for (const { index, name = '', arguments: more } of frames.flatMap((frame) => frame.calls ?? []))
    calls[index] = `${calls[index] ?? name}${more}`;
  expect(calls).toEqual(['now{}', 'get_weather{"city":"Rome"}']);
});

test('asks the server as OpenAI is asked', async () => {
  const asked = async (tools: ReturnType<typeof toolsOf>) => {
    await using opened = await open(named, 'tool_calls');
    const messages = [
      { role: 'user' as const, content: 'Hi' },
      { role: 'assistant' as const, content: '', toolCalls: [{ id: '1', name: 'now', arguments: '{}' }] },
      { role: 'tool' as const, content: 'noon', toolCallId: '1' },
    ];
    await answerOf(opened.model.handler, requestOf({ messages, tools }));
    return opened.server.asked.find(({ path }) => path === chatPath)?.body;
  };
  const now = {
    type: 'function',
    function: {
      name: 'now',
      parameters: { type: 'object', properties: {}, additionalProperties: false },
      strict: true,
    },
  };
  const weather = {
    type: 'function',
    function: { name: 'get_weather', description: 'The weather.', parameters: weatherSchema, strict: true },
  };
  expect(await asked(toolsOf())).toMatchObject({
    messages: [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: '1', type: 'function', function: { name: 'now', arguments: '{}' } }],
      },
      { role: 'tool', content: 'noon', tool_call_id: '1' },
    ],
    tools: [weather, now],
    tool_choice: 'auto',
    parallel_tool_calls: false,
  });
  expect(await asked(toolsOf({ isRequired: true, isParallel: true }))).toMatchObject({
    tool_choice: 'required',
    parallel_tool_calls: true,
  });
  expect(await asked(toolsOf({ isRequired: true, allowed: ['now'] }))).toMatchObject({
    tools: [now],
    tool_choice: { type: 'function', function: { name: 'now' } },
  });
});

test.each<[string, readonly object[], string, RegExp]>([
  [
    'goes on with a call that it did not begin',
    [part(1, { name: 'now', arguments: '' })],
    'tool_calls',
    /had not begun/,
  ],
  ['begins a call without a name', [part(0, { arguments: '{}' })], 'tool_calls', /had not begun/],
  [
    'begins a call with an empty name',
    [part(0, { name: '', arguments: '{}' })],
    'tool_calls',
    /had not begun/,
  ],
  ['ends in calls and has none', [{ content: 'Hi' }], 'tool_calls', /no end of one \(tool_calls\)/],
  ['counts calls without end', [part(128, { name: 'now' })], 'tool_calls', /no part of a completion/],
])('fails where a server %s', async (_, deltas, reason, message) => {
  await using opened = await open(deltas, reason);
  const error = await errorOf(answerOf(opened.model.handler, requestOf({ tools: toolsOf() })));
  expect(error).toMatchObject({ code: 'RPC_GENERATION_FAILED', message: expect.stringMatching(message) });
});
