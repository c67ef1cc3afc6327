/** Asks a model, and checks what holds for every answer. */

import { expect } from 'vitest';
import {
  doneFrameSchema,
  type GenerateFrame,
  type GenerateRequest,
  generateRequestSchema,
  type Sampling,
  tokenFrameSchema,
} from '../../../../src/rpc/contract/generate.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { type GenerateOptions, generate } from '../../../../src/worker/generation/generate.ts';
import type { Model } from '../../../../src/worker/generation/model.ts';

export interface RequestChanges extends Partial<Omit<GenerateRequest, 'sampling'>> {
  readonly sampling?: Partial<Sampling>;
}

let requests = 0;

/** No two have one id: a worker runs a request once. */
export function requestOf({ sampling, ...changes }: RequestChanges = {}): GenerateRequest {
  return generateRequestSchema.parse({
    requestId: `request-${++requests}`,
    model: 'tiny',
    messages: changes.prompt === undefined ? [{ role: 'user', content: 'hi' }] : [],
    deadlineUnixMs: Date.now() + 60_000,
    ...changes,
    sampling: { maxTokens: 20, temperature: 0, topP: 1, stop: [], ...sampling },
  });
}

export function optionsOf(changes: Partial<GenerateOptions> = {}): GenerateOptions {
  return { signal: new AbortController().signal, now: Date.now, drawSeed: () => 1, ...changes };
}

export async function collect(answer: AsyncIterable<GenerateFrame>): Promise<GenerateFrame[]> {
  const frames: GenerateFrame[] = [];
  for await (const frame of answer) frames.push(frame);
  return frames;
}

/** @param answered tokens that were given out elsewhere: they count, and do not come. */
export function checkedAnswer(all: readonly GenerateFrame[], answered = 0) {
  const { done } = doneFrameSchema.parse(all.at(-1));
  const frames = all.slice(0, -1).map((frame) => tokenFrameSchema.strict().parse(frame));
  expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at));
  const ids = frames.flatMap((frame) => frame.ids);
  const tokensOf = ({ tokens, ids: own }: (typeof frames)[number]) => tokens ?? own.length;
  expect(done.usage.completionTokens).toBe(frames.reduce((sum, frame) => sum + tokensOf(frame), answered));
  expect(done.usage.promptTokens).toBeGreaterThan(0);
  // A last frame without a token could be lost and nobody would know.
  const last = frames.at(-1);
  if (last !== undefined) expect(tokensOf(last)).toBeGreaterThan(0);
  for (const { text } of frames) expect(text.isWellFormed()).toBe(true);
  const text = frames.map((frame) => frame.text).join('');
  const logprobs = frames.flatMap((frame) => frame.logprobs ?? []);
  for (const frame of frames) {
    if (frame.logprobs !== undefined) expect(frame.logprobs).toHaveLength(frame.ids.length);
  }
  return { ...done, frames, ids, text, logprobs };
}

export type CheckedAnswer = ReturnType<typeof checkedAnswer>;

export async function answerOf(
  model: Model,
  request: GenerateRequest,
  options = optionsOf(),
): Promise<CheckedAnswer> {
  const frames = await collect(generate(model, request, options));
  return checkedAnswer(frames, options.answeredIds?.length);
}

export async function errorOf(answer: Promise<unknown>): Promise<DrydockError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DrydockError)) throw new Error('it did not throw a DrydockError', { cause: error });
  // No error may hold text of a prompt or an answer.
  expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain('secret');
  return error;
}
