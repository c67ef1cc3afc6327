/**
 * On the real quantized model: answers that are cut at a random token and go on at another worker are byte for byte those that were left
 * alone, greedy and drawn, beside other answers, on either kind of runner. The seed of the cuts stands in each failure.
 */

import { expect, onTestFinished, test } from 'vitest';
import type { GenerateRequest, Sampling } from '../../src/rpc/contract/generate.ts';
import type { Model } from '../../src/worker/generation/model.ts';
import { type OpenModelOptions, openModel } from '../../src/worker/generation/open-model-runtime.ts';
import { createRandom } from '../../src/worker/sampling/random.ts';
import { missing } from '../require.ts';
import { answerOf, type CheckedAnswer, optionsOf, requestOf } from '../unit/worker/generation/ask.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';

const seed = 20;
const cutsOnNative = 200;
const cutsOnPortable = 16;
const slots = 8;

/** From a line to several chunks; the longest crosses the border of the model's window while it is answered. */
const facts =
  'Rivers begin in the mountains, cross the plains, and end in the sea. Some of them carry more water than others. ';
const prompts = [
  'The capital of France is',
  'A list of ten animals:\n1. ',
  `${facts.repeat(3)}In short,`,
  `${facts.repeat(10)}The longest of them`,
  `${facts.repeat(19)}And so`,
];
const samplings: readonly Partial<Sampling>[] = [
  {},
  { temperature: 1, seed: 7 },
  { temperature: 1, seed: 8, topP: 0.95, topK: 64, repetitionPenalty: 1.1, stop: ['\n\n\n', '🙂🙂'] },
];

interface Whole {
  readonly request: GenerateRequest;
  readonly answer: CheckedAnswer;
}

test('200 answers that are cut at random tokens go on as they would have gone on', async (context) => {
  const { file, graphs: cacheDir } = needRealModel((note) => missing(context, note));
  const [first, native, portable] = [
    await open({ file, cacheDir }),
    await open({ file, cacheDir }),
    await open({ file, cacheDir, kind: 'portable' }),
  ];
  const wholes: Whole[] = [];
  for (const prompt of prompts) {
    for (const sampling of samplings) {
      const request = requestOf({
        prompt,
        sampling: { maxTokens: 32, ...sampling },
        deadlineUnixMs: inAnHour(),
      });
      wholes.push({ request, answer: await answerOf(first, request) });
    }
  }
  expect(wholes.filter(({ answer }) => answer.ids.length === 32).length).toBeGreaterThan(10);
  const random = createRandom(seed);
  const cuts = Array.from({ length: cutsOnNative + cutsOnPortable }, () =>
    drawCut(wholes, () => random.next()),
  );
  await Promise.all([
    besideAnother(native, () => goOnFrom(native, cuts.slice(0, cutsOnNative))),
    besideAnother(portable, () => goOnFrom(portable, cuts.slice(cutsOnNative))),
  ]);
});

async function open(options: Pick<OpenModelOptions, 'file' | 'cacheDir' | 'kind'>): Promise<Model> {
  const model = await openModel({
    name: 'tiny',
    threads: 2,
    slots,
    contextTokensMax: 1024,
    prefixCacheBytes: 2 ** 26,
    onBuild: () => {},
    ...options,
  });
  onTestFinished(() => model[Symbol.asyncDispose]());
  return model;
}

function inAnHour(): number {
  return Date.now() + 3_600_000;
}

interface Cut {
  readonly whole: Whole;
  readonly ids: readonly number[];
  readonly text: string;
}

/** After any frame, the last one too. */
function drawCut(wholes: readonly Whole[], next: () => number): Cut {
  const whole = wholes[Math.floor(next() * wholes.length)];
  if (whole === undefined) throw new RangeError('no answer to cut');
  const { frames } = whole.answer;
  const seen = frames.slice(0, 1 + Math.floor(next() * frames.length));
  return { whole, ids: seen.flatMap(({ ids }) => ids), text: seen.map(({ text }) => text).join('') };
}

async function goOnFrom(model: Model, cuts: readonly Cut[]): Promise<void> {
  const left = cuts.entries();
  const oneAfterTheOther = async () => {
    for (const [index, { whole, ids, text }] of left) {
      const rest = await answerOf(model, whole.request, optionsOf({ answeredIds: ids }));
      const where = `seed ${seed}, cut ${index}, after ${ids.length} tokens of an answer to ${JSON.stringify(whole.request.sampling)}`;
      expect([...ids, ...rest.ids], where).toEqual(whole.answer.ids);
      expect(text + rest.text, where).toBe(whole.answer.text);
      expect(rest.finishReason, where).toBe(whole.answer.finishReason);
      expect(rest.usage.completionTokens, where).toBe(whole.answer.usage.completionTokens);
    }
  };
  await Promise.all(Array.from({ length: slots - 1 }, oneAfterTheOther));
}

/** An answer that goes on all the while, and has nothing to do with the others. */
async function besideAnother(model: Model, work: () => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const another = async () => {
    for (let turn = 0; !controller.signal.aborted; turn++) {
      const request = requestOf({
        prompt: `${turn}. Once upon a time`,
        sampling: { maxTokens: 200, temperature: 1.5, seed: turn },
        deadlineUnixMs: inAnHour(),
      });
      await answerOf(model, request, optionsOf({ signal: controller.signal }));
    }
  };
  const running = another().catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'RPC_CANCELLED' });
  });
  try {
    await work();
  } finally {
    controller.abort();
    await running;
  }
}
