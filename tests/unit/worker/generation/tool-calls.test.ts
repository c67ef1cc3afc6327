import { expect, test } from 'vitest';
import type { Sampling, TokenFrame } from '../../../../src/rpc/contract/generate.ts';
import type { ToolUse } from '../../../../src/rpc/contract/tools.ts';
import { isValid } from '../sampling/grammar/validate-schema.ts';
import { functionOf, nothingSchema, toolsOf } from '../tools.ts';
import { answerOf, errorOf, optionsOf, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

const contextTokensMax = 512;
const marker = '```tool_code\n';

function callsOf(frames: readonly TokenFrame[]): string[] {
  const calls: string[] = [];
  for (const { index, name = '', arguments: more } of frames.flatMap((frame) => frame.calls ?? []))
    calls[index] = `${calls[index] ?? `${name} `}${more}`;
  return calls;
}

function expectValid(calls: readonly string[], { functions }: ToolUse): void {
  for (const call of calls) {
    const [, name = '', given = ''] = /^([\w-]+) (.*)$/s.exec(call) ?? [];
    const called = functions.find((known) => known.name === name);
    expect(isValid(JSON.parse(called?.parameters ?? 'false'), JSON.parse(given)), call).toBe(true);
  }
}

test.each<[string, Partial<ToolUse>, Partial<Sampling>]>([
  ['one call', {}, {}],
  ['one call, drawn', {}, { temperature: 1.5, seed: 4 }],
  ['a call of the one that is named', { allowed: ['get_weather'] }, {}],
  ['a call beside stop strings that it holds', {}, { stop: ['"', 'name', '{'] }],
])('a noisy model that must call gives %s, and goes on from anywhere', async (_, changes, sampling) => {
  const model = await openTinyModel({ contextTokensMax });
  const tools = toolsOf({ isRequired: true, ...changes });
  const request = requestOf({ tools, sampling: { maxTokens: 200, ...sampling } });
  const whole = await answerOf(model, request);
  const calls = callsOf(whole.frames);
  expect([whole.finishReason, whole.text]).toEqual(['tool_calls', '']);
  expect(calls).toHaveLength(1);
  for (const name of tools.allowed ?? []) expect(calls.at(-1)).toMatch(new RegExp(`^${name} `));
  expectValid(calls, tools);
  // Each of these is a run of the model, so some must do.
  for (let frames = 1; frames <= whole.frames.length; frames += 9) {
    const sent = whole.frames.slice(0, frames);
    const answeredIds = sent.flatMap(({ ids }) => ids);
    const rest = await answerOf(model, request, optionsOf({ answeredIds }));
    expect([...answeredIds, ...rest.ids]).toEqual(whole.ids);
    expect(callsOf([...sent, ...rest.frames])).toEqual(calls);
    expect(rest.finishReason).toBe('tool_calls');
  }
});

test('an answer that may call says text, and calls behind the marker, wherever it is taken up', async () => {
  const model = await openTinyModel({ contextTokensMax });
  const request = requestOf({ tools: toolsOf(), sampling: { maxTokens: 200 } });
  const begun = (text: string) => model.tokenizer.encode(text, { control: 'plain' });
  // The model is noise and would never say it.
  const answeredIds = begun(`Wait.\n${marker}`);
  const whole = await answerOf(model, request, optionsOf({ answeredIds }));
  expect([whole.finishReason, whole.text]).toEqual(['tool_calls', '']);
  expectValid(callsOf(whole.frames), toolsOf());
  const half = await answerOf(model, request, optionsOf({ answeredIds: answeredIds.slice(0, -1) }));
  // The token that would complete the marker is the model's to choose.
  expect(half.finishReason).toBe('length');
  expect(half.text).not.toBe('');
});

test('goes on from the middle of a list with its next call', async () => {
  const model = await openTinyModel({ contextTokensMax });
  const functions = [functionOf('now', nothingSchema)];
  const tools = toolsOf({ isRequired: true, isParallel: true, functions });
  const closing = model.vocabulary.tokens.indexOf('<0x5D>');
  const sampling = { maxTokens: 200, logitBias: [{ id: closing, bias: 100 }] };
  const answeredIds = model.tokenizer.encode('[{"name": "now", "parameters": {}}, {"na', {
    control: 'plain',
  });
  const { frames, finishReason } = await answerOf(
    model,
    requestOf({ tools, sampling }),
    optionsOf({ answeredIds }),
  );
  expect(finishReason).toBe('tool_calls');
  expect(frames.flatMap(({ calls = [] }) => calls).map(({ index, name }) => [index, name])[0]).toEqual([
    1,
    'now',
  ]);
  expect(JSON.parse(callsOf(frames)[1]?.slice('now '.length) ?? '')).toEqual({});
});

test('arguments that are cut by their length are no calls', async () => {
  const model = await openTinyModel({ contextTokensMax });
  const tools = toolsOf({ isRequired: true, allowed: ['get_weather'] });
  for (const maxTokens of [1, 9, 22, 35]) {
    const { finishReason, text, frames } = await answerOf(
      model,
      requestOf({ tools, sampling: { maxTokens } }),
    );
    expect([finishReason, text]).toEqual(['length', '']);
    for (const call of callsOf(frames)) expect(call).toMatch(/^get_weather /);
  }
});

test('counts the functions as part of the prompt, and refuses those that it cannot enforce by their place', async () => {
  const model = await openTinyModel({ contextTokensMax });
  const plain = await answerOf(model, requestOf({ sampling: { maxTokens: 1 } }));
  const described = await answerOf(model, requestOf({ tools: toolsOf(), sampling: { maxTokens: 1 } }));
  expect(described.usage.promptTokens).toBeGreaterThan(plain.usage.promptTokens + 50);
  const [weather] = toolsOf().functions;
  const parameters = '{"type":"object","properties":{"secret":{"not":{}}}}';
  const functions = weather === undefined ? [] : [weather, { ...weather, name: 'other', parameters }];
  const error = await errorOf(answerOf(model, requestOf({ tools: toolsOf({ functions }) })));
  expect(error).toMatchObject({ code: 'RPC_REQUEST_INVALID', details: { param: 'tools[1]' } });
});
