/** A Q8_0 file that the bench writes, read back by the readers of the worker. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { planQ8Tensors } from '../../../../bench/inference/q8-plan.ts';
import { writeQ8Gguf } from '../../../../bench/inference/write-q8-gguf.ts';
import { dequantize } from '../../../../src/worker/gguf/dequantize.ts';
import { ggmlTypeNamed } from '../../../../src/worker/gguf/ggml-types.ts';
import { type OpenGguf, openGguf } from '../../../../src/worker/gguf/gguf-file-runtime.ts';
import type { GgufTensor } from '../../../../src/worker/gguf/gguf-header.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { scratchDir } from '../../worker/scratch-dir.ts';

const mixed = fileURLToPath(new URL('../../../fixtures/tiny-gemma3/model-mixed.gguf', import.meta.url));

async function bytesOf(gguf: OpenGguf, { bytes, offset }: GgufTensor): Promise<Uint8Array> {
  const read = new Uint8Array(bytes);
  await gguf.readBytes(read, offset);
  return read;
}

async function valuesOf(gguf: OpenGguf, tensor: GgufTensor): Promise<Float32Array> {
  const values = new Float32Array(tensor.elements);
  dequantize(tensor.type, await bytesOf(gguf, tensor), values);
  return values;
}

test('keeps every tensor: vectors and Q8_0 byte for byte, the rest within half a step of its block', async () => {
  const target = join(scratchDir(), 'q8.gguf');
  await writeQ8Gguf(mixed, target);
  await using before = await openGguf(mixed);
  await using after = await openGguf(target);
  expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
  for (const [name, source] of before.tensors) {
    const written = after.tensors.get(name);
    if (written === undefined) throw new Error(`${name} is gone`);
    expect([name, written.shape]).toEqual([name, source.shape]);
    expect([name, written.type.name]).toEqual([name, source.shape.length === 1 ? 'F32' : 'Q8_0']);
    if (source.type.id === written.type.id) {
      expect(await bytesOf(after, written)).toEqual(await bytesOf(before, source));
    }
    const [wanted, found] = [await valuesOf(before, source), await valuesOf(after, written)];
    for (let from = 0; from < wanted.length; from += 32) {
      const block = wanted.subarray(from, from + 32);
      const step = block.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127;
      const worst = block.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (found[from + i] ?? 0))),
        0,
      );
      // The scale is rounded to half precision: of 127 steps, half of 2⁻¹¹ each.
      expect(worst).toBeLessThanOrEqual(step * (0.5 + 127 * 2 ** -11));
    }
  }
});

test('keeps the header, but for the kind of file, and the vocabulary', async () => {
  const target = join(scratchDir(), 'q8.gguf');
  await writeQ8Gguf(mixed, target);
  await using before = await openModelSource(mixed);
  await using after = await openModelSource(target);
  await using gguf = await openGguf(target);
  expect(after.config).toEqual(before.config);
  expect(await after.readVocabulary()).toEqual(await before.readVocabulary());
  expect(gguf.metadata.number('general.file_type')).toBe(7);
});

test('tells the size and the hash of what it wrote, and writes the same again', async () => {
  const folder = scratchDir();
  const written = await writeQ8Gguf(mixed, join(folder, 'one.gguf'));
  const bytes = readFileSync(join(folder, 'one.gguf'));
  expect(written).toEqual({
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect(await writeQ8Gguf(join(folder, 'one.gguf'), join(folder, 'two.gguf'))).toEqual(written);
});

test('leaves nothing behind when the source is cut off', async () => {
  const folder = scratchDir();
  const source = join(folder, 'cut.gguf');
  writeFileSync(source, readFileSync(mixed));
  truncateSync(source, 200_000);
  await expect(writeQ8Gguf(source, join(folder, 'q8.gguf'))).rejects.toThrow(/and the file at 200000/);
  expect(readdirSync(folder)).toEqual(['cut.gguf']);
});

test.each([
  [[64, 8], 'Q8_0'],
  [[48, 8], 'F16'],
  [[64], 'F32'],
])('plans a tensor of shape %j as %s', (shape, expected) => {
  const type = ggmlTypeNamed('F32');
  if (type === undefined) throw new Error('there is no F32');
  const elements = shape.reduce((product, length) => product * length);
  const tensor = { name: 'x', shape, type, elements, offset: 0, bytes: elements * 4 };
  expect(planQ8Tensors([tensor]).map(({ type: planned }) => planned.name)).toEqual([expected]);
});
