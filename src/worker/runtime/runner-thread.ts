/** Entry of a runner's thread: loads the graph, says `ready`, then serves feeds until told to stop. */

import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { embeddingRows } from './embedding-rows.ts';
import { JobQueue } from './job-queue.ts';
import { loadSession, newSequenceState, runChunk, type SequenceState } from './model-session.ts';
import { reasonOf } from './reason-of.ts';
import type { FromRunnerThread, RunnerThreadSettings, ToRunnerThread } from './thread-messages.ts';

const settings = workerData as RunnerThreadSettings;
const port = parentPort;
if (port === null) throw new TypeError('this file is the entry of a worker thread');

const sequences = new Map<number, SequenceState>();
const descriptor = openSync(settings.modelFile, 'r');
const embeddings = embeddingRows(descriptor, settings.embedding);
const session = await loadSession(settings);

const queue = new JobQueue(
  {
    runChunk: (job, chunk) =>
      runChunk(stateOf(job.sequence), chunk, { session, config: settings.config, embeddings }),
    lengthOf: (sequence) => stateOf(sequence).length,
    onDone: (job, logits) => tell({ kind: 'done', request: job.request, logits }, transferable(logits)),
    onAborted: (job) => tell({ kind: 'aborted', request: job.request }),
    onFailed: (job, error) => tell({ kind: 'failed', request: job.request, reason: reasonOf(error) }),
  },
  settings.chunkTokens,
);

port.on('message', (message: ToRunnerThread) => {
  switch (message.kind) {
    case 'feed':
      queue.add(message);
      break;
    case 'abort':
      queue.abort((job) => job.request === message.request);
      break;
    case 'close':
      queue.abort((job) => job.sequence === message.sequence);
      sequences.delete(message.sequence);
      break;
    case 'stop':
      void stop();
      break;
  }
});
tell({ kind: 'ready' });

async function stop(): Promise<void> {
  queue.abort(() => true);
  await queue.idle();
  await session.release();
  closeSync(descriptor);
  port?.close();
}

function stateOf(sequence: number): SequenceState {
  const known = sequences.get(sequence);
  if (known !== undefined) return known;
  const state = newSequenceState(settings);
  sequences.set(sequence, state);
  return state;
}

function tell(message: FromRunnerThread, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, [...transfer]);
}

/** Handed over without copying, where the array has its buffer to itself. */
function transferable(values: Float32Array): ArrayBuffer[] {
  const { buffer } = values;
  return buffer instanceof ArrayBuffer && buffer.byteLength === values.byteLength ? [buffer] : [];
}
