/** What a calibration's caller sees of its thread: factors, progress, an end, and why there is none. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { type CalibrationOrder, calibrate } from '../../../../src/worker/graph/calibrate-runtime.ts';
import { calibrationBytes } from '../../../../src/worker/graph/calibration-graph.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const inputs = ['blk.0.qkv', 'head'];

function orderFor(changes: Partial<CalibrationOrder> = {}): CalibrationOrder {
  const calibration = join(scratchDir(), 'calibration');
  return { modelFile: fixtureFile('model.gguf'), inputs, scratchDir: calibration, threads: 1, ...changes };
}

const silent = { onProgress: () => undefined };

/** The fixture with a tokenizer of which one part has another name. */
function withoutScores(): string {
  const file = join(scratchDir(), 'model.gguf');
  const bytes = readFileSync(fixtureFile('model.gguf'));
  bytes.set(Buffer.from('tokenizer.ggml.scoreX'), bytes.indexOf('tokenizer.ggml.scores'));
  writeFileSync(file, bytes);
  return file;
}

test('gives a factor for each channel of the inputs that were asked for, and keeps no file', async () => {
  const told: number[] = [];
  const order = orderFor();
  const factors = await calibrate(order, { onProgress: (doneBytes) => told.push(doneBytes) });
  expect([...factors.keys()]).toEqual(inputs);
  expect(factors.get('head')).toHaveLength(32);
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(existsSync(order.scratchDir)).toBe(false);
});

test('computes on as many threads as whoever builds the graph says', async () => {
  const building = buildGraph({
    modelFile: fixtureFile('model.gguf'),
    cacheDir: scratchDir(),
    weights: '8-bit',
    threads: -1,
  });
  await expect(building).rejects.toThrow("'intraOpNumThreads' is invalid: -1");
});

test('tells why a model cannot be measured, and leaves no file', async () => {
  const order = orderFor({ modelFile: withoutScores() });
  await expect(calibrate(order, silent)).rejects.toMatchObject({
    code: 'WORKER_MODEL_FILE_INVALID',
    message: expect.stringContaining('the key tokenizer.ggml.scores is missing'),
  });
  expect(existsSync(order.scratchDir)).toBe(false);
});

test('keeps no graph of a model whose tokenizer is broken', async () => {
  const cacheDir = scratchDir();
  const building = buildGraph({ modelFile: withoutScores(), cacheDir, weights: '8-bit' });
  await expect(building).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  // What is known of the file itself stays.
  expect(readdirSync(cacheDir)).toEqual(['sources']);
});

test('starts nothing for somebody who has left', async () => {
  const reason = new Error('nobody waits for it');
  const order = orderFor();
  const never = calibrate(order, {
    onProgress: () => expect.unreachable(),
    signal: AbortSignal.abort(reason),
  });
  await expect(never).rejects.toBe(reason);
  expect(existsSync(order.scratchDir)).toBe(false);
});

test('stops its thread on abort, before it has measured everything', async () => {
  const reason = new Error('nobody waits for it');
  const abort = new AbortController();
  const told: number[] = [];
  const order = orderFor();
  const running = calibrate(order, { signal: abort.signal, onProgress: (bytes) => told.push(bytes) });
  // It is told before it can begin, however slowly either goes.
  abort.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect(existsSync(order.scratchDir)).toBe(false);
  await using source = await openModelSource(order.modelFile);
  expect(Math.max(0, ...told)).toBeLessThan(calibrationBytes(source));
});

test('gives the reason and no factors to whoever aborts it while it computes', async () => {
  const reason = new Error('nobody waits for it');
  const abort = new AbortController();
  const order = orderFor();
  const running = calibrate(order, { signal: abort.signal, onProgress: () => abort.abort(reason) });
  await expect(running).rejects.toBe(reason);
  expect(existsSync(order.scratchDir)).toBe(false);
});

test('tells why files cannot be written, and touches none that was there', async () => {
  const order = orderFor();
  mkdirSync(order.scratchDir);
  writeFileSync(join(order.scratchDir, 'mine'), '');
  await expect(calibrate(order, silent)).rejects.toThrow('EEXIST');
  expect(readdirSync(order.scratchDir)).toEqual(['mine']);
});

test('tells that the model is not there', async () => {
  const order = orderFor({ modelFile: join(scratchDir(), 'missing.gguf') });
  await expect(calibrate(order, silent)).rejects.toMatchObject({
    code: 'WORKER_MODEL_FILE_INVALID',
    message: expect.stringContaining('ENOENT'),
  });
});
