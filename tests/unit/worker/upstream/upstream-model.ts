/** Opens the model of a scripted server, asks it, and checks what holds for every answer. */

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
import type { GenerateHandler, RpcLogger } from '../../../../src/rpc/inference.ts';
import {
  openUpstreamModel,
  type UpstreamLimits,
  type UpstreamModel,
} from '../../../../src/worker/upstream/open-upstream-model-runtime.ts';
import { parseUpstreamConfig } from '../../../../src/worker/upstream/upstream-config.ts';
import { type Routes, type ScriptedServer, startServer } from './scripted-server.ts';

export interface OpenOptions {
  readonly json?: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<UpstreamLimits>;
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly log?: RpcLogger;
}

export function openAt(baseUrl: string, options: OpenOptions = {}): Promise<UpstreamModel> {
  const { json = {}, limits, directory = '/run', signal = new AbortController().signal } = options;
  const config = parseUpstreamConfig({ name: 'gemma', engine: 'openai', baseUrl, ...json }, { directory });
  return openUpstreamModel(config, {
    log: options.log ?? { info() {}, warn() {} },
    signal,
    // No question after the server's health comes by itself in a test that does not want one.
    limits: { retryMs: 5, healthIntervalMs: 60_000, ...limits },
  });
}

export interface OpenServer extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly model: UpstreamModel;
}

export async function openServer(routes: Routes, options: OpenOptions = {}): Promise<OpenServer> {
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await startServer(routes));
  const model = owned.use(await openAt(server.baseUrl, options));
  const kept = owned.move();
  return { server, model, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export interface RequestChanges extends Partial<Omit<GenerateRequest, 'sampling'>> {
  readonly sampling?: Partial<Sampling>;
}

export function requestOf({ sampling, ...changes }: RequestChanges = {}): GenerateRequest {
  return generateRequestSchema.parse({
    requestId: 'r1',
    model: 'gemma',
    messages: changes.prompt === undefined ? [{ role: 'user', content: 'secret words' }] : [],
    deadlineUnixMs: Date.now() + 20_000,
    ...changes,
    sampling: { maxTokens: 64, temperature: 0, topP: 1, stop: [], ...sampling },
  });
}

export function checkFrames(all: readonly GenerateFrame[]) {
  const { done } = doneFrameSchema.parse(all.at(-1));
  const frames = all.slice(0, -1).map((frame) => tokenFrameSchema.parse(frame));
  const tokensOf = (frame: (typeof frames)[number]) => frame.tokens ?? frame.ids.length;
  expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at));
  expect(frames.reduce((sum, frame) => sum + tokensOf(frame), 0)).toBe(done.usage.completionTokens);
  const last = frames.at(-1);
  // A last frame without a token could be lost and nobody would know.
  if (last !== undefined) expect(tokensOf(last)).toBeGreaterThan(0);
  const text = frames.map((frame) => frame.text).join('');
  expect(frames.every((frame) => frame.text.isWellFormed())).toBe(true);
  return { ...done, frames, text, ids: frames.flatMap(({ ids }) => ids) };
}

export async function answerOf(
  handler: GenerateHandler,
  request: GenerateRequest,
  signal: AbortSignal = new AbortController().signal,
) {
  const frames: GenerateFrame[] = [];
  for await (const frame of handler(request, { signal })) frames.push(frame);
  return checkFrames(frames);
}

export async function errorOf(answer: Promise<unknown>): Promise<DrydockError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DrydockError)) throw new Error('it did not throw a DrydockError', { cause: error });
  // No error may hold text of a prompt, an answer, a server or a key.
  expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain('secret');
  return error;
}
