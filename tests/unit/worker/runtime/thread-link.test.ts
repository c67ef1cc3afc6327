/** A runner's thread that dies, never starts, or does not stop: every promise settles. The threads are real ones, which play a runner. */

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ThreadLink } from '../../../../src/worker/runtime/thread-link.ts';

/** Says `ready`, then does `onCall` with every call that it is asked. */
function playedThread(onCall: string): Worker {
  const script = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ request, call }) => {
      if (call.kind === 'stop') parentPort.close();
      else { ${onCall} }
    });
    parentPort.postMessage({ kind: 'ready' });`;
  return new Worker(script, { eval: true });
}

const open = (sequence: number) => ({ kind: 'open', sequence }) as const;

describe('the link to a thread', () => {
  it('gives each call its own answer, in whatever order they come', async () => {
    const link = new ThreadLink(
      playedThread(`
        this.held ??= [];
        this.held.unshift({ kind: 'done', request, answer: call.sequence });
        if (this.held.length === 3) for (const message of this.held) parentPort.postMessage(message);`),
    );
    await link.ready;
    expect(await Promise.all([7, 8, 9].map((sequence) => link.ask(open(sequence))))).toEqual([7, 8, 9]);
    expect([link.nextChunk(), link.nextChunk()]).toEqual([0, 1]);
    await link.stop();
    await expect(link.ask(open(1))).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  });

  it('passes on how a call failed', async () => {
    const failed = `parentPort.postMessage({ kind: 'failed', request, code: 'WORKER_RUN_FAILED', message: 'no' });`;
    const link = new ThreadLink(playedThread(failed));
    await expect(link.ask(open(1))).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED', message: 'no' });
    await link.stop();
  });

  it.each([
    { what: 'ends', onCall: 'process.exit(3);', reason: 'its thread ended with code 3' },
    { what: 'throws', onCall: 'throw new Error("out of\\nluck");', reason: 'out of luck' },
  ])('fails every call, waiting or to come, when the thread $what', async ({ onCall, reason }) => {
    const link = new ThreadLink(playedThread(onCall));
    await link.ready;
    const message = `could not run the model: ${reason}; restart the worker if it happens again`;
    for (const call of [0, 1].map((sequence) => link.ask(open(sequence)))) {
      await expect(call).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED', message });
    }
    await expect(link.ask(open(2))).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED', message });
    link.post({ kind: 'close', sequence: 0 });
    await link.stop();
  });

  it('says that it never got ready when the thread ends first', async () => {
    const link = new ThreadLink(new Worker('process.exit(1)', { eval: true }));
    await expect(link.ready).rejects.toThrow('its thread ended with code 1');
    await link.stop();
  });

  it('ends a thread that does not stop by itself, and cancels what it was doing', async () => {
    const script = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => undefined);
      parentPort.postMessage({ kind: 'ready' });`;
    const link = new ThreadLink(new Worker(script, { eval: true }), { stopTimeoutMs: 20 });
    await link.ready;
    const outcome = expect(link.ask(open(0))).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    await link.stop();
    await outcome;
  });
});
