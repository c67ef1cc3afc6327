/** What a calibration's caller sees of its thread: factors, progress, an end, and why there is none. */

import { existsSync } from 'node:fs';
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
