/** Every weight stands where the plan says, in the form that it says, also where a tensor takes many steps or is one of several. */

import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesOfElements, type GgmlType, ggmlTypeNamed } from '../../../../src/worker/gguf/ggml-types.ts';
import { GraphBuilder } from '../../../../src/worker/graph/graph-builder.ts';
import { packBlocks } from '../../../../src/worker/graph/pack-blocks.ts';
import type { BlockSize } from '../../../../src/worker/graph/weight-scheme.ts';
import { writeWeights } from '../../../../src/worker/graph/write-weights-runtime.ts';
import type { SourceTensor } from '../../../../src/worker/model-source.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { sourceInMemory } from '../source-in-memory.ts';

const columns = 256;
/** More than one step's elements, and not a whole number of them. */
const largeRows = 5_000;

function tensor(name: string, type: string, rows: number): { tensor: SourceTensor; bytes: Uint8Array } {
  const known = ggmlTypeNamed(type);
  if (known === undefined) throw new Error(`no ${type}`);
  const elements = rows * columns;
  const bytes = new Uint8Array(bytesOfElements(known, elements));
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31 + (i >> 9)) & 0x3b;
  const shape = [columns, rows];
  return { tensor: { name, type: known, shape, elements, file: name, offset: 0, added: 0 }, bytes };
}

function packedAlone(
  type: GgmlType,
  bytes: Uint8Array,
  form: { bits: 8 | 4; block: BlockSize; elements: number },
) {
  const quants = new Uint8Array((form.elements * form.bits) / 8);
  const scales = new Float32Array(form.elements / form.block);
  expect(packBlocks({ type, ...form }, bytes, { quants, scales })).toBe(true);
  return { quants: Buffer.from(quants), scales: Buffer.from(scales.buffer) };
}

test.each<{ bits: 8 | 4; block: BlockSize }>([
  { bits: 8, block: 128 },
  { bits: 8, block: 32 },
  { bits: 4, block: 32 },
])('joins tensors in $bits bits and blocks of $block, whatever their types', async ({ bits, block }) => {
  const parts = [
    tensor('small', 'Q5_0', 3),
    tensor('large', 'Q8_0', largeRows),
    tensor('last', 'Q4_K', 7),
  ] as const;
  const graph = new GraphBuilder();
  const sources = [parts[0].tensor, parts[1].tensor, parts[2].tensor] as const;
  graph.linear({ name: 'all', x: 'x', sources, target: { kind: 'blocks', bits, block } });
  const plan = graph.plan('test', 'weights.bin');
  const path = join(scratchDir(), 'weights.bin');
  const told: number[] = [];
  {
    await using data = await open(path, 'w');
    const base = sourceInMemory(await readFile(fixtureFile('model.gguf')));
    const source = {
      ...base,
      async readBytes({ name }: SourceTensor, into: Uint8Array, from: number) {
        into.set(
          parts.find((part) => part.tensor.name === name)?.bytes.subarray(from, from + into.length) ?? [],
        );
      },
    };
    await writeWeights(source, plan, { data, onProgress: (done) => told.push(done) });
  }
  const written = await readFile(path);
  const [job] = plan.jobs;
  if (job?.kind !== 'blocks') throw new Error('no blocks');
  let before = 0;
  for (const { tensor: part, bytes } of parts) {
    const { quants, scales } = packedAlone(part.type, bytes, { bits, block, elements: part.elements });
    const quantsAt = job.quantsOffset + (before * bits) / 8;
    const scalesAt = job.scalesOffset + (4 * before) / block;
    expect(written.subarray(quantsAt, quantsAt + quants.length).equals(quants)).toBe(true);
    expect(written.subarray(scalesAt, scalesAt + scales.length).equals(scales)).toBe(true);
    before += part.elements;
  }
  expect(told.length).toBeGreaterThan(3);
  expect(told.at(-1)).toBe(plan.sourceBytes);
});

test('joins float tensors, and adds what a tensor asks for', async () => {
  const first = tensor('first', 'F32', 2);
  const second = { ...tensor('second', 'F32', largeRows), added: 1 as const };
  const floats = (bytes: Uint8Array) => new Float32Array(bytes.buffer);
  floats(first.bytes).fill(2);
  floats(second.bytes).forEach((_, i, all) => {
    all[i] = i / 8;
  });
  const graph = new GraphBuilder();
  const withOne = { ...second.tensor, added: 1 as const };
  graph.linear({ name: 'all', x: 'x', sources: [first.tensor, withOne], target: { kind: 'float32' } });
  const plan = graph.plan('test', 'weights.bin');
  const path = join(scratchDir(), 'weights.bin');
  {
    await using data = await open(path, 'w');
    const base = sourceInMemory(await readFile(fixtureFile('model.gguf')));
    const source = {
      ...base,
      async readBytes({ name }: SourceTensor, into: Uint8Array, from: number) {
        const { bytes } = name === 'first' ? first : second;
        into.set(bytes.subarray(from, from + into.length));
      },
    };
    await writeWeights(source, plan, { data, onProgress: () => undefined });
  }
  const written = floats(Uint8Array.from(await readFile(path)));
  expect(written).toHaveLength((2 + largeRows) * columns);
  expect([written[0], written[2 * columns], written[2 * columns + 9]]).toEqual([2, 1, 1 + 9 / 8]);
  expect(written.at(-1)).toBe(1 + (largeRows * columns - 1) / 8);
});
