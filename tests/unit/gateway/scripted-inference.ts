/** A worker side by script: the model's name says how the answer goes. It keeps to `InferenceClient`, except `deaf`. */

import { setTimeout as delay } from 'node:timers/promises';
import {
  type GenerateFrame,
  type GenerateRequest,
  generateRequestSchema,
} from '../../../src/rpc/contract/generate.ts';
import { tokenizeRequestSchema } from '../../../src/rpc/contract/tokenize.ts';
import { DrydockError } from '../../../src/rpc/errors.ts';
import type { InferenceClient, RpcLogger } from '../../../src/rpc/inference.ts';

export interface ScriptedInferenceOptions {
  readonly logger: RpcLogger;
  readonly workers?: number;
}

/** Characters of one token of `flood`. */
export const floodBytes = 256 * 1024;

type Script = (
  request: GenerateRequest,
  signal: AbortSignal,
  argument: string,
) => AsyncIterable<GenerateFrame>;

const usage = { promptTokens: 5, completionTokens: 2 };
const done: GenerateFrame = { done: { finishReason: 'stop', usage } };

function token(seq: number, text: string): GenerateFrame {
  return { seq, ids: [seq], text };
}

function chosen(text: string, logprob: number) {
  return { text, bytes: [...Buffer.from(text)], logprob };
}

/** Which choice of a request it is. */
function indexOf(requestId: string): number {
  return Number(requestId.split('-')[1] ?? 0);
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  await delay(2 ** 30, undefined, { signal, ref: false }).catch(() => {});
  throw new DrydockError('RPC_CANCELLED', 'could not finish the answer: it was cancelled; send it again');
}

function failure(code: string, details: Readonly<Record<string, unknown>> = {}) {
  const message = `could not go on: scripted ${code} on worker-7 of 10.0.10.10; look inside`;
  return new DrydockError(code, message, { details });
}

/** Arguments of `fail-once`, a code and whoever asks, that have had their failure. */
const failedOnce = new Set<string>();

const scripts: Readonly<Record<string, Script>> = {
  async *echo() {
    yield token(0, 'Hello');
    yield token(1, '');
    yield token(2, ' wörld');
    yield done;
  },
  async *long() {
    yield token(0, 'cut short');
    yield { done: { finishReason: 'length', usage } };
  },
  async *inspect(request) {
    yield token(0, JSON.stringify(request));
    yield done;
  },
  async *calls({ messages, tools, sampling }) {
    const results = messages.filter(({ role }) => role === 'tool');
    if (results.length > 0) {
      yield token(0, `It gave ${results.map(({ content }) => content).join(' and ')}.`);
      yield done;
      return;
    }
    if (tools === undefined) {
      yield token(0, sampling.responseFormat === undefined ? 'No tools.' : '{"city":"Rome"}');
      yield done;
      return;
    }
    if (!tools.isRequired) yield token(0, 'Let me see.');
    const names = tools.allowed ?? tools.functions.map(({ name }) => name);
    let seq = 1;
    for (const [index, name] of (tools.isParallel ? names : names.slice(0, 1)).entries()) {
      yield { ...token(seq++, ''), calls: [{ index, name, arguments: '' }] };
      yield { ...token(seq++, ''), calls: [{ index, arguments: '{"city":' }] };
      yield { ...token(seq++, ''), calls: [{ index, arguments: '"Rome"}' }] };
    }
    yield { done: { finishReason: 'tool_calls', usage } };
  },
  async *'cut-call'() {
    yield { ...token(0, ''), calls: [{ index: 0, name: 'f', arguments: '{"city":' }] };
    yield { done: { finishReason: 'length', usage } };
  },
  async *'fail-once'(_request, _signal, argument) {
    if (!failedOnce.has(argument)) {
      failedOnce.add(argument);
      throw failure(argument.split('/')[0] ?? '', { retryAfterMs: 20 });
    }
    yield token(0, 'at last');
    yield done;
  },
  async *'schema-refused'() {
    yield* [];
    throw failure('RPC_REQUEST_INVALID', { param: 'tools[1]' });
  },
  async *fail(_request, _signal, code) {
    if (code !== '') throw failure(code);
    yield done;
  },
  async *'fail-after'(_request, _signal, code) {
    yield token(0, 'Hello');
    throw failure(code);
  },
  async *'error-frame'() {
    yield token(0, 'Hello');
    yield { error: { code: 'WORKER_RUN_FAILED', message: 'inside' } };
  },
  async *cut() {
    yield token(0, 'Hello');
  },
  async *likely({ sampling }) {
    const top = [chosen('Hé', -0.25), chosen('A', -1.5)].slice(0, sampling.logprobs);
    const [first, second] = [chosen('Hé', -0.25), { text: '\u{fffd}', bytes: [0xf0, 0x9f], logprob: -2 }];
    const third = { text: '\u{fffd}', bytes: [0x98, 0x80], logprob: -0.5 };
    yield { ...token(0, 'Hé'), logprobs: [{ ...first, top }] };
    yield { ...token(1, ''), logprobs: [{ ...second, top: [] }] };
    yield { ...token(2, '😀'), logprobs: [{ ...third, top: [] }] };
    yield { done: { finishReason: 'stop', usage: { ...usage, completionTokens: 3 } } };
  },
  async *numbered({ requestId, sampling }) {
    const index = indexOf(requestId);
    yield token(0, `choice ${index} `);
    yield token(1, `of seed ${sampling.seed}`);
    const finishReason = index === 0 ? 'stop' : 'length';
    yield { done: { finishReason, usage: { ...usage, cachedTokens: 4 - index } } };
  },
  async *'one-fails'({ requestId }, signal, code) {
    yield token(0, 'Hello');
    if (indexOf(requestId) === 1) throw failure(code);
    await untilAborted(signal);
  },
  async *crash(request) {
    yield* [];
    throw new Error(
      `cannot read ${request.messages[0]?.content}\n    at ${request.messages[0]?.content}:1:1`,
    );
  },
  async *paused(_request, signal, milliseconds) {
    yield token(0, 'Hello');
    await delay(Number(milliseconds || 500), undefined, { signal });
    yield token(1, ' again');
    yield done;
  },
  async *late(_request, signal) {
    await delay(500, undefined, { signal });
    yield token(0, 'at last');
    yield done;
  },
  async *'late-fail'(_request, signal, code) {
    await delay(500, undefined, { signal });
    yield* [];
    throw failure(code);
  },
  async *silent(_request, signal) {
    yield* [];
    await untilAborted(signal);
  },
  async *stalled(_request, signal) {
    yield token(0, 'Hello');
    await untilAborted(signal);
  },
  async *deaf() {
    yield* [];
    await new Promise(() => {});
  },
  async *flood(_request, signal) {
    for (let seq = 0; !signal.aborted; seq += 1) {
      // A turn of the event loop each, as a socket would take.
      await delay(0);
      yield token(seq, 'x'.repeat(floodBytes));
    }
    await untilAborted(signal);
  },
};

export function scriptedInference({ logger, workers = 1 }: ScriptedInferenceOptions): InferenceClient {
  const models = [
    { name: 'echo', contextTokensMax: 96 },
    { name: 'family/echo', contextTokensMax: 4096 },
  ];
  return {
    models: () => (workers === 0 ? [] : models),
    workers: () =>
      Array.from({ length: workers }, (_, index) => ({
        kind: 'infer',
        workerId: `worker-${index}`,
        availabilityZone: 'zone-a',
        models,
        slots: 4,
      })),
    health: () => ({ engines: [], routes: [] }),
    async *generate(given, { signal }) {
      // As the client of the RPC layer does: what does not keep to the contract is no request.
      const request = generateRequestSchema.parse(given);
      const [name = '', argument = ''] = request.model.split(':');
      const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
      if (script === undefined) throw failure(workers === 0 ? 'RPC_NO_WORKER' : 'RPC_MODEL_UNKNOWN');
      logger.info({ event: 'scripted-start', model: request.model }, 'a generation starts');
      const onAbort = () => logger.info({ event: 'scripted-abort', model: request.model }, 'cancelled');
      signal.addEventListener('abort', onAbort, { once: true });
      let frames = 0;
      try {
        for await (const frame of script(request, signal, argument)) {
          frames += 1;
          yield frame;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        logger.info({ event: 'scripted-end', model: request.model, frames }, 'a generation ends');
      }
    },
    async tokenize(given, { signal }) {
      const { model, messages, prompt, addSpecialTokens } = tokenizeRequestSchema.parse(given);
      const [name = '', argument = ''] = model.split(':');
      logger.info({ event: 'scripted-start', model }, 'a tokenization starts');
      signal.addEventListener('abort', () => logger.info({ event: 'scripted-abort', model }, 'cancelled'));
      if (name === 'silent') await untilAborted(signal);
      if (name === 'deaf') await new Promise(() => {});
      if (name !== 'echo') throw failure(name === 'fail' ? argument : 'RPC_MODEL_UNKNOWN');
      const text = prompt ?? messages.map(({ role, content }) => `${role}:${content}`).join();
      const ids = [...text].map((character) => character.codePointAt(0) ?? 0);
      return { ids: addSpecialTokens ? [2, ...ids] : ids, contextTokensMax: 96 };
    },
    async [Symbol.asyncDispose]() {},
  };
}
