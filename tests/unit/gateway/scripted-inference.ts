/** A worker side by script: the model's name says how the answer goes. It keeps to `InferenceClient`, except `deaf`. */

import { setTimeout as delay } from 'node:timers/promises';
import type { GenerateFrame, GenerateRequest } from '../../../src/rpc/contract/generate.ts';
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

async function untilAborted(signal: AbortSignal): Promise<never> {
  await delay(2 ** 30, undefined, { signal, ref: false }).catch(() => {});
  throw new DrydockError('RPC_CANCELLED', 'could not finish the answer: it was cancelled; send it again');
}

function failure(code: string) {
  return new DrydockError(code, `could not go on: scripted ${code} on worker-7 of 10.0.10.10; look inside`);
}

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
    async *generate(request, { signal }) {
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
    async [Symbol.asyncDispose]() {},
  };
}
