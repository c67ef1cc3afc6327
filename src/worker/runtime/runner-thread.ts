/** Entry of a portable runner's thread: loads the graph, says `ready`, then does as it is told, one call after another, until told to stop. */

import { parentPort, workerData } from 'node:worker_threads';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import { type ExportSettings, openExportRunner } from '../onnx-export/export-runner-runtime.ts';
import type { KvChunk, Sequence } from '../runner.ts';
import { openPortableSession } from './portable-session-runtime.ts';
import { reasonOf } from './reason-of.ts';
import { assembleRunner, type RunnerSettings } from './runner-settings.ts';
import type { FromRunnerThread, RunnerAnswer, RunnerCall, ToRunnerThread } from './thread-messages.ts';

const settings = workerData as RunnerSettings | ExportSettings;
const port = parentPort;
if (port === null) throw new TypeError('this file is the entry of a worker thread');

const runner =
  'exportedGraph' in settings
    ? await openExportRunner(settings)
    : await assembleRunner('portable', settings, (kv) => openPortableSession({ ...settings, kv }));
const sequences = new Map<number, Sequence>();
const chunks = new Map<number, KvChunk>();
let last: Promise<void> = Promise.resolve();

port.on('message', ({ request, call }: ToRunnerThread) => {
  // Calls may come before the one before is done: their order is kept.
  last = last.then(() => answer(request, call));
});
tell({ kind: 'ready' });

async function answer(request: number, call: RunnerCall): Promise<void> {
  try {
    const result = await perform(call);
    tell({ kind: 'done', request, answer: result }, transferable(result));
    if (call.kind === 'stop') port?.close();
  } catch (error) {
    const { code, message } = isDrydockError(error) ? error : unexpected(error);
    tell({ kind: 'failed', request, code, message });
  }
}

async function perform(call: RunnerCall): Promise<RunnerAnswer> {
  switch (call.kind) {
    case 'open':
      sequences.set(call.sequence, runner.openSequence());
      return undefined;
    case 'close':
      sequences.get(call.sequence)?.[Symbol.dispose]();
      sequences.delete(call.sequence);
      return undefined;
    case 'prefill':
      return await runner.prefill(sequenceOf(call.sequence), call.ids, { logits: call.logits });
    case 'decode':
      return await runner.decode(
        call.tokens.map(({ sequence, id }) => ({ sequence: sequenceOf(sequence), id })),
      );
    case 'copy': {
      const chunk = await sequenceOf(call.sequence).copyLastChunk();
      chunks.set(call.chunk, chunk);
      return chunk.bytes;
    }
    case 'append':
      await sequenceOf(call.sequence).appendChunk(chunkOf(call.chunk));
      return undefined;
    case 'forget':
      chunks.get(call.chunk)?.[Symbol.dispose]();
      chunks.delete(call.chunk);
      return undefined;
    case 'stop':
      await runner[Symbol.asyncDispose]();
      return undefined;
  }
}

function sequenceOf(id: number): Sequence {
  const sequence = sequences.get(id);
  if (sequence === undefined) throw new TypeError(`there is no sequence ${id}`);
  return sequence;
}

function chunkOf(id: number): KvChunk {
  const chunk = chunks.get(id);
  if (chunk === undefined) throw new TypeError(`there is no chunk ${id}`);
  return chunk;
}

function unexpected(error: unknown): DrydockError {
  return new DrydockError(
    'WORKER_RUN_FAILED',
    `could not run the model: ${reasonOf(error)}; restart the worker`,
  );
}

function tell(message: FromRunnerThread, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, [...transfer]);
}

/** Handed over without copying, where the array has its buffer to itself. */
function transferable(values: RunnerAnswer): ArrayBuffer[] {
  if (!(values instanceof Float32Array)) return [];
  const { buffer } = values;
  return buffer instanceof ArrayBuffer && buffer.byteLength === values.byteLength ? [buffer] : [];
}
