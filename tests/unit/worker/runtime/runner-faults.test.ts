/** A runner whose files are wrong, whose thread dies, or whose owner leaves: everything settles, nothing is left. */

import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { ThreadLink } from '../../../../src/worker/runtime/thread-link.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

/** A real thread that plays a runner: it says `ready`, then does `onFeed` with every feed. */
function playedThread(onFeed: string): Worker {
  const script = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (message) => {
      if (message.kind === 'stop') parentPort.close();
      if (message.kind === 'feed') { ${onFeed} }
    });
    parentPort.postMessage({ kind: 'ready' });`;
  return new Worker(script, { eval: true });
}

describe('a runner', () => {
  it('reports a graph that cannot be loaded, in one line', async () => {
    const dir = scratchDir();
    const modelFile = fixtureFile('model.gguf');
    const { dir: graphDir } = await buildGraph({ modelFile, cacheDir: dir });
    writeFileSync(join(graphDir, 'model.onnx'), 'no model');
    const opening = openRunner({ modelFile, graphDir });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    await expect(opening).rejects.toThrow(
      /^could not load the graph in [^\n]+; remove the directory and start again$/,
    );
    rmSync(join(graphDir, 'model.onnx'));
    await expect(openRunner({ modelFile, graphDir })).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
  });

  it('refuses a model file that is not sound before it starts a thread', async () => {
    const modelFile = join(scratchDir(), 'cut.gguf');
    writeFileSync(modelFile, readFileSync(fixtureFile('model.gguf')).subarray(0, 9_999));
    const opening = openRunner({ modelFile, graphDir: scratchDir() });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  });

  it.each([
    { name: 'threads', value: 0 },
    { name: 'contextTokensMax', value: 0 },
    { name: 'chunkTokens', value: 1.5 },
  ])('refuses $value as $name', async ({ name, value }) => {
    const opening = openTinyRunner(fixtureFile('model.gguf'), { [name]: value });
    await expect(opening).rejects.toThrow(TypeError);
    await expect(opening).rejects.toThrow(name);
  });

  it('fails one feed when the model file breaks under it, and serves the others', async () => {
    const modelFile = join(scratchDir(), 'model.gguf');
    copyFileSync(fixtureFile('model.gguf'), modelFile);
    const runner = await openTinyRunner(modelFile);
    // The embeddings of the first tokens stay, those of the last are gone.
    truncateSync(modelFile, 17_952 + 128 * 100);
    await using broken = runner.openSequence();
    await using sound = runner.openSequence();
    const failing = broken.feed([500], { logits: 'last' });
    await expect(failing).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    await expect(failing).rejects.toThrow('the model file ended early');
    await expect(broken.feed([2], { logits: 'last' })).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    expect(await sound.feed([2], { logits: 'last' })).toHaveLength(512);
  });

  it('cancels what runs when it is disposed, and what comes after', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 1 });
    const sequence = runner.openSequence();
    const running = sequence.feed(
      Array.from({ length: 500 }, () => 2),
      { logits: 'last' },
    );
    const outcome = expect(running).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    await runner[Symbol.asyncDispose]();
    await outcome;
    const late = runner.openSequence().feed([2], { logits: 'last' });
    await expect(late).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    await runner[Symbol.asyncDispose]();
    await sequence[Symbol.asyncDispose]();
  });

  it('cancels the feed of a sequence that is disposed while it runs', async () => {
    const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 1 });
    const sequence = runner.openSequence();
    const running = sequence.feed(
      Array.from({ length: 500 }, () => 2),
      { logits: 'last' },
    );
    const outcome = expect(running).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    await sequence[Symbol.asyncDispose]();
    await outcome;
    await expect(sequence.feed([2], { logits: 'last' })).rejects.toThrow();
  });
});

describe('the link to a thread', () => {
  it.each([
    { what: 'ends', onFeed: 'process.exit(3);', reason: 'its thread ended with code 3' },
    { what: 'throws', onFeed: 'throw new Error("out of\\nluck");', reason: 'out of luck' },
  ])('fails every feed, waiting or to come, when the thread $what', async ({ onFeed, reason }) => {
    const link = new ThreadLink(playedThread(onFeed));
    await link.ready;
    const feeds = [0, 1].map((sequence) => link.feed(sequence, Int32Array.of(1), { logits: 'last' }));
    for (const feed of feeds) {
      await expect(feed).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
      await expect(feed).rejects.toThrow(reason);
    }
    const late = link.feed(2, Int32Array.of(1), { logits: 'last' });
    await expect(late).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    link.close(0);
    await link.stop();
  });

  it('says that it never got ready when the thread ends first', async () => {
    const link = new ThreadLink(new Worker('process.exit(1)', { eval: true }));
    await expect(link.ready).rejects.toThrow('code 1');
    await link.stop();
  });

  it('ends a thread that does not stop by itself, and cancels what it was doing', async () => {
    const script = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => undefined);
      parentPort.postMessage({ kind: 'ready' });`;
    const link = new ThreadLink(new Worker(script, { eval: true }), { stopTimeoutMs: 20 });
    await link.ready;
    const feed = link.feed(0, Int32Array.of(1), { logits: 'last' });
    const outcome = expect(feed).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    await link.stop();
    await outcome;
  });
});
