/** A runner whose files are wrong, that is cut off, whose thread dies, or whose owner leaves: everything settles, others go on. */

import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { floatTensors, modelBytes, tinyKeys } from '../model-variants.ts';
import { kinds, openTinyRunner, tinyRunnerOfBlock } from '../open-tiny-runner.ts';
import { append, fixtureFile, largestDifference, named, referenceRow, references } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const s70 = named(references.sequences, 's70');
const cancelled = {
  code: 'WORKER_CANCELLED',
  message: 'could not run the model: the request was cancelled; send it again',
};

/** A chunk of very many tokens, so that its end is far when the abort comes, however busy the machine is. */
const longModel = () =>
  modelBytes(
    { ...tinyKeys, 'gemma3.context_length': { type: 'uint32', value: 1024 } },
    floatTensors('model.gguf'),
  );
const longIds = Array.from({ length: 1024 }, (_, i) => s70.ids[i % 70] ?? 0);

describe.each(kinds)('the %s runner', (kind) => {
  const runnerOfLong = tinyRunnerOfBlock(longModel(), { kind, sequencesMax: 2, chunkTokens: 1024 });

  it('tells what to ask less of when the memory for its sequences cannot be had', async () => {
    const keys = { ...tinyKeys, 'gemma3.context_length': { type: 'uint32', value: 2 ** 24 } } as const;
    // A terabyte for the keys of each global layer.
    const opening = openTinyRunner(modelBytes(keys, floatTensors('model.gguf')), {
      kind,
      sequencesMax: 1024,
    });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    await expect(opening).rejects.toThrow(/use fewer slots or a shorter context$/);
  });

  it('refuses weights that the memory cannot hold before it loads them', async () => {
    const opening = openTinyRunner(fixtureFile('model.gguf'), { kind, availableBytes: 1000 });
    await expect(opening).rejects.toMatchObject({
      code: 'WORKER_RUN_FAILED',
      message: expect.stringMatching(
        /^could not load the graph [^\n]*: its weights take 1 MiB and 1 MiB of memory can be had; unload another model, or give the worker more$/,
      ),
      details: { availableBytes: 1000, bytes: expect.any(Number) },
    });
  });

  it('reports in one line a graph that is corrupt or missing', async () => {
    const modelFile = fixtureFile('model.gguf');
    const { dir: graphDir } = await buildGraph({ modelFile, cacheDir: scratchDir() });
    const line = /^could not load the graph in [^\n]+; remove the directory and start again$/;
    writeFileSync(join(graphDir, 'model.onnx'), 'no model');
    await expect(openRunner({ modelFile, graphDir, kind })).rejects.toThrow(line);
    rmSync(join(graphDir, 'model.onnx'));
    const opening = openRunner({ modelFile, graphDir, kind });
    await expect(opening).rejects.toThrow(line);
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
  });

  it('fails a sequence when the model file breaks under it, and serves the others', async () => {
    const modelFile = join(scratchDir(), 'model.gguf');
    copyFileSync(fixtureFile('model.gguf'), modelFile);
    const runner = await openTinyRunner(modelFile, { kind, sequencesMax: 2, chunkTokens: 16 });
    using broken = runner.openSequence();
    using sound = runner.openSequence();
    await append({ runner, sequence: sound }, s70.ids.slice(0, 20));
    // The embeddings of the first tokens stay, those of the last are gone.
    truncateSync(modelFile, readFileSync(modelFile).length - 4 * 32 * 300 - 300_000);
    const failing = runner.prefill(broken, [2, 511], { logits: 'last' });
    await expect(failing).rejects.toMatchObject({
      code: 'WORKER_RUN_FAILED',
      message: 'could not run the model: the model file ended early; restart the worker if it happens again',
    });
    expect(broken.length).toBe(0);
    await expect(runner.prefill(broken, [2], { logits: 'last' })).rejects.toMatchObject({
      code: 'WORKER_RUN_FAILED',
    });
    await expect(runner.decode([{ sequence: broken, id: 2 }])).rejects.toMatchObject({
      code: 'WORKER_RUN_FAILED',
    });
    expect(await runner.decode([{ sequence: sound, id: 2 }])).toHaveLength(512);
    expect(sound.length).toBe(21);
  });

  it('gives up a prefill on abort, which leaves its sequence unusable and its neighbours unharmed', async () => {
    const runner = runnerOfLong();
    using sequence = runner.openSequence();
    using other = runner.openSequence();
    await append({ runner, sequence: other }, s70.ids.slice(0, 30));
    const abort = new AbortController();
    const running = runner.prefill(sequence, longIds, { logits: 'last', signal: abort.signal });
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    abort.abort();
    // A run that came to its end would have given logits on the native runner: that it rejects shows that it was cut off.
    await expect(running).rejects.toMatchObject(cancelled);
    expect(sequence.length).toBe(0);
    await expect(runner.decode([{ sequence, id: 2 }])).rejects.toMatchObject(cancelled);
    await expect(sequence.copyLastChunk()).rejects.toMatchObject(cancelled);
    const row = (await runner.decode([{ sequence: other, id: s70.ids[30] ?? 0 }])).slice();
    expect(largestDifference(row, referenceRow(s70.offset, 30))).toBeLessThan(1e-3);
  });

  it('does not begin a prefill that is aborted already, and ignores an abort after the end', async () => {
    const runner = runnerOfLong();
    using sequence = runner.openSequence();
    using other = runner.openSequence();
    const early = runner.prefill(sequence, [2], { logits: 'last', signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject(cancelled);
    const abort = new AbortController();
    await runner.prefill(other, [2], { logits: 'last', signal: abort.signal });
    abort.abort();
    expect(await runner.decode([{ sequence: other, id: 3 }])).toHaveLength(512);
  });

  it('ends after the call that runs when it is disposed, and cancels what comes later', async () => {
    const runner = await openTinyRunner(fixtureFile('model-mixed.gguf'), {
      kind,
      shortlistTokens: 4,
      sequencesMax: 2,
    });
    const sequence = runner.openSequence();
    await runner.prefill(sequence, s70.ids.slice(0, 8), { logits: 'none' });
    const running = runner.prefill(sequence, s70.ids.slice(8, 70), { logits: 'all' });
    const disposed = [runner[Symbol.asyncDispose](), runner[Symbol.asyncDispose]()];
    expect(await running).toHaveLength(62 * 512);
    await Promise.all(disposed);
    await runner[Symbol.asyncDispose]();
    await expect(runner.prefill(sequence, [2], { logits: 'last' })).rejects.toMatchObject(cancelled);
    await expect(runner.decode([{ sequence, id: 2 }])).rejects.toMatchObject(cancelled);
    await expect(sequence.copyLastChunk()).rejects.toThrow();
    sequence[Symbol.dispose]();
    using late = runner.openSequence();
    await expect(runner.prefill(late, [2], { logits: 'last' })).rejects.toMatchObject(cancelled);
  });

  it('leaves the event loop free while the model runs', async () => {
    const runner = runnerOfLong();
    using sequence = runner.openSequence();
    let turns = 0;
    let isRunning = true;
    const counting = (async () => {
      while (isRunning) {
        await setImmediate();
        turns++;
      }
    })();
    await runner.prefill(sequence, longIds, { logits: 'none' });
    isRunning = false;
    await counting;
    expect(turns).toBeGreaterThan(20);
  });
});

describe('openRunner', () => {
  it('refuses a model file that is not sound before it loads anything', async () => {
    const modelFile = join(scratchDir(), 'cut.gguf');
    writeFileSync(modelFile, readFileSync(fixtureFile('model.gguf')).subarray(0, 9_999));
    const opening = openRunner({ modelFile, graphDir: scratchDir() });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  });

  it('refuses a model file without embeddings', async () => {
    const modelFile = join(scratchDir(), 'model.gguf');
    const others = floatTensors('model.gguf').filter(({ name }) => name !== 'token_embd.weight');
    writeFileSync(modelFile, modelBytes(tinyKeys, others));
    const opening = openRunner({ modelFile, graphDir: scratchDir() });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  });

  it.each([
    { name: 'threads', value: 0, range: '1 to 1024' },
    { name: 'threads', value: 1025, range: '1 to 1024' },
    { name: 'sequencesMax', value: 0, range: '1 to 1024' },
    { name: 'sequencesMax', value: Number.NaN, range: '1 to 1024' },
    { name: 'contextTokensMax', value: 0, range: '1 to 2147483647' },
    { name: 'chunkTokens', value: 1.5, range: '1 to 4096' },
    { name: 'chunkTokens', value: 4097, range: '1 to 4096' },
    { name: 'shortlistTokens', value: -1, range: '0 to 4096' },
  ])('refuses $value as $name', async ({ name, value, range }) => {
    const opening = openRunner({ modelFile: fixtureFile('model.gguf'), graphDir: '/nowhere', [name]: value });
    const reason = `${name} must be a whole number from ${range}, and is ${value}`;
    await expect(opening).rejects.toThrow(new TypeError(reason));
  });

  it('is native unless it is asked otherwise, and says nothing of it', async () => {
    const told: string[] = [];
    const onFallback = (reason: string) => told.push(reason);
    const native = await openTinyRunner(fixtureFile('model.gguf'), { onFallback });
    expect([native.kind, told]).toEqual(['native', []]);
  });

  it('says in one line that the libraries of another execution provider are missing', async () => {
    const opening = openTinyRunner(fixtureFile('model.gguf'), { executionProvider: 'cuda' });
    await expect(opening).rejects.toMatchObject({ code: 'WORKER_RUN_FAILED' });
    await expect(opening).rejects.toThrow(/^could not load the graph in [^\n]+$/);
  });
});
