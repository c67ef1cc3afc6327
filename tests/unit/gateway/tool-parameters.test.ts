import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../../src/gateway/chat-request.ts';
import { greeting } from './http-exchange.ts';
import { expectShape } from './openai-schema.ts';
import { thrownBy } from './thrown-by.ts';

const schema = { type: 'object', properties: { zeta: { type: 'string' }, alpha: { type: 'integer' } } };
const toolOf = (name: string, changes: object = {}) => ({ type: 'function', function: { name, ...changes } });
const tools = [toolOf('f', { description: 'Does it.', parameters: schema, strict: true }), toolOf('g')];
const noParameters = '{"type":"object","properties":{},"additionalProperties":false}';
const f = { name: 'f', description: 'Does it.', parameters: JSON.stringify(schema), isStrict: true };
const g = { name: 'g', parameters: noParameters, isStrict: false };
const named = { type: 'function', function: { name: 'g' } };
const allowed = (mode: string) => ({ type: 'allowed_tools', allowed_tools: { mode, tools: [named] } });

function read(fields: object) {
  const body = { ...greeting, ...fields };
  expectShape('CreateChatCompletionRequest', body);
  return parseChatRequest(body).tools;
}

describe('tools', () => {
  const all = { functions: [f, g], isRequired: false, isParallel: true };
  it.each([
    [{}, all],
    [{ tool_choice: 'auto' }, all],
    [{ tool_choice: 'required' }, { ...all, isRequired: true }],
    [{ tool_choice: named }, { ...all, isRequired: true, allowed: ['g'], isParallel: false }],
    [{ tool_choice: allowed('auto') }, { ...all, allowed: ['g'] }],
    [{ tool_choice: allowed('required') }, { ...all, allowed: ['g'], isRequired: true }],
    [{ parallel_tool_calls: false }, { ...all, isParallel: false }],
    [{ tool_choice: 'none' }, undefined],
  ])('with %j are what a worker is asked for', (fields, expected) => {
    expect(read({ tools, ...fields })).toEqual(expected);
  });

  it.each([
    [undefined, noParameters],
    [{}, noParameters],
    [{ properties: { a: {} } }, '{"type":"object","properties":{"a":{}}}'],
    [{ type: 'object' }, '{"type":"object"}'],
  ])('whose parameters are %j are of objects', (parameters, expected) => {
    expect(read({ tools: [toolOf('f', { parameters })] })?.functions[0]?.parameters).toBe(expected);
  });

  it.each<[string, object, string]>([
    ['that are not functions', { tools: [{ type: 'custom', custom: { name: 'f' } }] }, 'tools[0].type'],
    ['of a name with blanks', { tools: [toolOf('a b')] }, 'tools[0].function.name'],
    ['of one name', { tools: [toolOf('f'), toolOf('f')] }, 'tools[1].function.name'],
    [
      'that take a list',
      { tools: [toolOf('f', { parameters: { type: 'array' } })] },
      'tools[0].function.parameters',
    ],
    [
      'that take a choice',
      { tools: [toolOf('f', { parameters: { anyOf: [schema] } })] },
      'tools[0].function.parameters',
    ],
    ['whose schema is a list', { tools: [toolOf('f', { parameters: [] })] }, 'tools[0].function.parameters'],
    ['of which there are 129', { tools: Array.from({ length: 129 }, (_, at) => toolOf(`f${at}`)) }, 'tools'],
    [
      'that do not have the one that is chosen',
      { tools, tool_choice: { type: 'function', function: { name: 'h' } } },
      'tool_choice',
    ],
    ['with an unknown choice', { tools, tool_choice: 'maybe' }, 'tool_choice'],
    ['beside tokens that could end a call', { tools, stop_token_ids: [1] }, 'stop_token_ids'],
  ])('%s are refused by name', (_, fields, param) => {
    const error = thrownBy(() => parseChatRequest({ ...greeting, ...fields }));
    expect(error).toMatchObject({ code: 'GATEWAY_PARAM_INVALID', details: { param } });
  });

  it('nested without end are refused', () => {
    const deep = `${'{"properties":{"a":'.repeat(20_000)}{}${'}}'.repeat(20_000)}`;
    const body = { ...greeting, tools: [toolOf('f', { parameters: JSON.parse(deep) })] };
    expect(thrownBy(() => parseChatRequest(body))).toMatchObject({
      details: { param: 'tools[0].function.parameters' },
    });
  });

  it.each([
    ['functions', [{ name: 'f' }], 'tools'],
    ['function_call', { name: 'f' }, 'tool_choice'],
  ])('by their older field %s are refused with the newer one', (param, value, newer) => {
    expect(thrownBy(() => parseChatRequest({ ...greeting, [param]: value }))).toMatchObject({
      code: 'GATEWAY_PARAM_UNSUPPORTED',
      message: expect.stringContaining(`send "${newer}" instead`),
      details: { param },
    });
  });
});

describe('messages', () => {
  const user = { role: 'user', content: 'Hi' };
  const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } });
  const calling = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
  const result = (tool_call_id: string) => ({ role: 'tool', tool_call_id, content: 'found' });

  it('with calls and results are what a worker is given', () => {
    const messages = [
      user,
      calling('1', '2'),
      result('2'),
      result('1'),
      { role: 'assistant', content: 'So.' },
      user,
    ];
    expectShape('CreateChatCompletionRequest', { ...greeting, messages });
    const called = (id: string) => ({ id, name: 'f', arguments: '{"a":1}' });
    expect(parseChatRequest({ ...greeting, messages }).messages).toEqual([
      user,
      { role: 'assistant', content: '', toolCalls: [called('1'), called('2')] },
      { role: 'tool', content: 'found', toolCallId: '2' },
      { role: 'tool', content: 'found', toolCallId: '1' },
      { role: 'assistant', content: 'So.' },
      user,
    ]);
  });

  it.each<[string, readonly object[], string]>([
    ['with a result of nothing', [user, result('1')], 'messages[1].role'],
    [
      'with a result behind other words',
      [user, calling('1'), result('1'), user, result('1')],
      'messages[4].role',
    ],
    ['with the result of another call', [user, calling('1'), result('2')], 'messages[2].tool_call_id'],
    ['with one result twice', [user, calling('1'), result('1'), result('1')], 'messages[3].tool_call_id'],
    [
      'with a result that names no call',
      [user, calling('1'), { role: 'tool', content: 'x' }],
      'messages[2].tool_call_id',
    ],
    [
      'with a call without its result',
      [user, calling('1', '2'), result('1'), user],
      'messages[1].tool_calls',
    ],
    ['that end in a call', [user, calling('1')], 'messages[1].tool_calls'],
    ['with two calls of one id', [user, calling('1', '1'), result('1')], 'messages[1].tool_calls'],
    ['with a call of the user', [{ ...user, tool_calls: [call('1')] }], 'messages[0].tool_calls'],
    [
      'with an older call',
      [user, { role: 'assistant', content: null, function_call: {} }],
      'messages[1].function_call',
    ],
    ['with a role of old', [user, { role: 'function', name: 'f', content: 'x' }], 'messages[1].role'],
    ['without content', [user, { role: 'assistant', content: null }, user], 'messages[1].content'],
  ])('%s are refused', (_, messages, param) => {
    const error = thrownBy(() => parseChatRequest({ ...greeting, messages }));
    expect(error).toMatchObject({ code: 'GATEWAY_PARAM_INVALID', details: { param } });
  });
});
