/** Rows of a table straight from a file, whatever type they have there. */

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModelSource, type SourceTensor } from '../../../../src/worker/model-source.ts';
import { embeddingRows, embeddingScale } from '../../../../src/worker/runtime/embedding-rows.ts';
import { asBf16, asF32, asQ8_0, dequantised, floatTensors, modelBytes, tinyKeys } from '../model-variants.ts';
import { scratchDir } from '../scratch-dir.ts';

const tensors = floatTensors('model.gguf');

async function tableOf(file: string): Promise<SourceTensor> {
  await using source = await openModelSource(file);
  const table = source.tensors.get('token_embd.weight');
  if (table === undefined) throw new Error('it has embeddings');
  return table;
}

describe('embeddingRows', () => {
  it.each([
    { type: 'F32', encode: asF32 },
    { type: 'BF16', encode: asBf16 },
    { type: 'Q8_0', encode: asQ8_0 },
  ])('reads scaled rows of $type, in the order of the ids', async ({ type, encode }) => {
    const bytes = modelBytes(tinyKeys, tensors, (tensor) =>
      tensor.name === 'token_embd.weight' ? encode(tensor) : asF32(tensor),
    );
    const file = join(scratchDir(), 'model.gguf');
    writeFileSync(file, bytes);
    const table = await tableOf(file);
    expect(table.type.name).toBe(type);
    const values = dequantised(bytes).find(({ name }) => name === table.name)?.values;
    const ids = [511, 0, 7, 7];
    const expected = ids.flatMap((id) => [...(values?.subarray(32 * id, 32 * id + 32) ?? [])]);
    using plain = embeddingRows(table, { scale: 1 });
    using scaled = embeddingRows(table, { scale: 2.5 });
    expect([...plain.read(ids)]).toEqual(expected);
    expect([...scaled.read(Int32Array.from(ids))]).toEqual(expected.map((value) => Math.fround(2.5 * value)));
    expect(plain.read([])).toHaveLength(0);
  });

  it('throws where the file ends in a row, or is not there', async () => {
    const file = join(scratchDir(), 'model.gguf');
    writeFileSync(file, modelBytes(tinyKeys, tensors));
    const table = await tableOf(file);
    using rows = embeddingRows(table, { scale: 1 });
    truncateSync(file, table.offset + 4 * 32 * 10 + 5);
    expect(rows.read([9])).toHaveLength(32);
    expect(() => rows.read([9, 10])).toThrow('the model file ended early');
    expect(() => embeddingRows({ ...table, file: `${file}.gone` }, { scale: 1 })).toThrow('ENOENT');
  });
});

describe('embeddingScale', () => {
  it('is the square root of the length, rounded to float32', () => {
    expect([embeddingScale(640), embeddingScale(1152), embeddingScale(16)]).toEqual([
      25.298221588134766, 33.941123962402344, 4,
    ]);
  });
});
