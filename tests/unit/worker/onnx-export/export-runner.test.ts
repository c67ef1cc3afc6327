/**
 * A public ONNX export against reference logits, at every position and across the border of the 16-token window. A window one too
 * small would cost 5.7, one too large 4.1 (README of the fixture).
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { openExportRunner } from '../../../../src/worker/onnx-export/export-runner-runtime.ts';
import type { Runner } from '../../../../src/worker/runner.ts';
import { type OpenRunnerOptions, openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import {
  allRows,
  append,
  differingBits,
  largestDifference,
  named,
  referenceRow,
  references,
  rowsOf,
} from '../references.ts';
import { type ExportForm, writeExport } from './write-export.ts';

const tolerance = 1e-3;
const s70 = named(references.sequences, 's70');

const settings = { chunkTokens: 16, sequencesMax: 3, contextTokensMax: 128, threads: 1, spins: false };

/** In this very thread. */
async function openHere(form: ExportForm): Promise<Runner> {
  const modelFile = writeExport(form);
  await using source = await openModelSource(modelFile);
  const { config, exportedGraph = '' } = source;
  return await openExportRunner({ ...settings, exportedGraph, config, executionProvider: 'cpu' });
}

async function openExport(options: Partial<OpenRunnerOptions> = {}): Promise<Runner> {
  const modelFile = writeExport();
  const runner = await openRunner({ modelFile, graphDir: '', chunkTokens: 16, ...options });
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

function distance(rows: readonly Float32Array[], from = 0): number {
  return Math.max(
    ...rows.map((row, index) => largestDifference(row, referenceRow(s70.offset, from + index))),
  );
}

describe.each([
  { form: 'with a mask and positions', attention: 'plain', limit: tolerance },
  { form: 'with grouped attention', attention: 'grouped', limit: tolerance },
  { form: 'that keeps last logits', attention: 'plain', keeps: true, limit: tolerance },
  // Half floats have 11 bits of precision, of logits up to 20.
  { form: 'in half floats', attention: 'plain', type: 'float16', limit: 0.05 },
] as const)('an export $form', ({ form: _, limit, ...form }) => {
  it('gives the reference logits in chunks, token by token and as an answer', async () => {
    await using runner = await openHere(form);
    for (const way of [{}, { step: 1 }, { step: 5 }, { decodeFrom: 0 }, { decodeFrom: 17 }]) {
      const rows = await allRows(runner, s70.ids, way);
      expect(rows).toHaveLength(70);
      expect(distance(rows)).toBeLessThan(limit);
    }
  });

  it('takes over copied chunks, and gives the same bits with them and beside others', async () => {
    await using runner = await openHere(form);
    using whole = runner.openSequence();
    using restored = runner.openSequence();
    using other = runner.openSequence();
    for (let start = 0; start < 32; start += 16) {
      await append({ runner, sequence: whole }, s70.ids.slice(start, start + 16));
      using chunk = await whole.copyLastChunk();
      expect(chunk).toMatchObject({ start, bytes: 16 * 6 * 2 * 16 * ('type' in form ? 2 : 4) });
      await restored.appendChunk(chunk);
    }
    await append({ runner, sequence: other }, s70.ids.slice(3, 9));
    const expected: Float32Array[] = [];
    const found: Float32Array[] = [];
    for (const id of s70.ids.slice(32, 40)) {
      expected.push(...rowsOf(await runner.decode([{ sequence: whole, id }])));
      const tokens = [other, restored].map((sequence) => ({ sequence, id }));
      found.push(...rowsOf(await runner.decode(tokens)).slice(1));
    }
    expect(differingBits(found, expected)).toBeUndefined();
    expect(distance(expected, 32)).toBeLessThan(limit);
  });
});

it('runs in a thread, and says that it does not run in the native runner', async () => {
  const reasons: string[] = [];
  const runner = await openExport({ onFallback: (reason) => reasons.push(reason) });
  expect(runner).toMatchObject({ kind: 'portable', vocabSize: 512, contextTokensMax: 512 });
  expect(reasons).toEqual(['an ONNX export runs in a thread alone']);
  expect(distance(await allRows(runner, s70.ids, { decodeFrom: 17 }))).toBeLessThan(tolerance);
});

it('gives the last position with `last`, nothing with `none`, and refuses what it cannot run', async () => {
  const runner = await openExport({ kind: 'portable', contextTokensMax: 10 });
  using sequence = runner.openSequence();
  expect(() => runner.openSequence()).toThrow('all 1 sequences of the runner are open');
  expect(await runner.prefill(sequence, s70.ids.slice(0, 3), { logits: 'none' })).toHaveLength(0);
  const [last, ...more] = rowsOf(await runner.prefill(sequence, s70.ids.slice(3, 9), { logits: 'last' }));
  expect(more).toEqual([]);
  expect(distance([last ?? new Float32Array(0)], 8)).toBeLessThan(tolerance);
  await expect(runner.prefill(sequence, [512], { logits: 'last' })).rejects.toThrow(
    '512 is no token id of this model',
  );
  await expect(runner.prefill(sequence, [3, 4], { logits: 'last' })).rejects.toMatchObject({
    code: 'WORKER_CONTEXT_EXCEEDED',
  });
});
