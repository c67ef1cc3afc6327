/** On the real base model: a call that is required is the one that was meant, with its argument; and one that is cut in its middle goes on elsewhere. */

import { expect, onTestFinished, test } from 'vitest';
import type { CallPiece } from '../../src/rpc/contract/tools.ts';
import { openModel } from '../../src/worker/generation/open-model-runtime.ts';
import { missing } from '../require.ts';
import { answerOf, type CheckedAnswer, optionsOf, requestOf } from '../unit/worker/generation/ask.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';
import { functionOf, toolsOf } from '../unit/worker/tools.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 40 } },
  required: ['city'],
  additionalProperties: false,
};
const functions = [
  functionOf('get_weather', schema, { description: 'Get the weather of a city' }),
  functionOf('get_time', schema, { description: 'Get the time in a city' }),
];
const tools = toolsOf({ functions, isRequired: true });

function callOf({ frames }: Pick<CheckedAnswer, 'frames'>): { name: string; given: string } {
  const pieces: readonly CallPiece[] = frames.flatMap(({ calls = [] }) => calls);
  return {
    name: pieces.map(({ name = '' }) => name).join(''),
    given: pieces.map((piece) => piece.arguments).join(''),
  };
}

test('calls what was meant, and goes on with it from its middle', async (context) => {
  const { file, graphs: cacheDir } = needRealModel((note) => missing(context, note));
  const settings = { name: 'tiny', threads: 2, slots: 2, contextTokensMax: 1024, prefixCacheBytes: 2 ** 26 };
  const model = await openModel({ ...settings, onBuild: () => {}, file, cacheDir });
  onTestFinished(() => model[Symbol.asyncDispose]());
  for (const [content, name, city] of [
    ['What is the weather in Rome?', 'get_weather', 'Rome'],
    ['What time is it in Oslo?', 'get_time', 'Oslo'],
  ] as const) {
    const request = requestOf({ messages: [{ role: 'user', content }], tools, sampling: { maxTokens: 60 } });
    const whole = await answerOf(model, request);
    const { name: called, given } = callOf(whole);
    expect([whole.finishReason, whole.text, called]).toEqual(['tool_calls', '', name]);
    expect(JSON.parse(given)).toEqual({ city });
    for (let frames = 1; frames <= whole.frames.length; frames += 7) {
      const sent = whole.frames.slice(0, frames);
      const answeredIds = sent.flatMap(({ ids }) => ids);
      const rest = await answerOf(model, request, optionsOf({ answeredIds }));
      expect(callOf({ frames: [...sent, ...rest.frames] })).toEqual({ name, given });
    }
  }
}, 120_000);
