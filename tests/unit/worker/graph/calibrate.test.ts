/** What a calibration's caller sees of its thread: factors, progress, an end, and why there is none. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { type CalibrationOrder, calibrate } from '../../../../src/worker/graph/calibrate-runtime.ts';
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
