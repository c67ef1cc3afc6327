/** What is no export that the worker can run is refused with one line that names the file and says what to do. */

import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import type { Gemma3Config } from '../../../../src/worker/gemma3-config.ts';
import { encodeOnnxModel } from '../../../../src/worker/graph/onnx-model.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { checkExportOptions } from '../../../../src/worker/onnx-export/check-export-options.ts';
import {
  readExportInterface,
  type TensorDescription,
} from '../../../../src/worker/onnx-export/export-interface.ts';
import { openExportRunner } from '../../../../src/worker/onnx-export/export-runner-runtime.ts';
import { exportUnusable } from '../../../../src/worker/onnx-export/export-unusable.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { exportGraph, writeExport } from './write-export.ts';

interface Place {
  readonly directory: string;
  readonly graph: string;
}

/** The embedding's bytes are to come from elsewhere. */
function pointTo(dataFile: string) {
  return ({ graph }: Place) => {
    const { initializers, ...model } = exportGraph();
    const moved = initializers.map((initializer) =>
      initializer.name === 'token_embd.weight'
        ? { ...initializer, data: { offset: 0, bytes: 65_536 } }
        : initializer,
    );
    writeFileSync(graph, encodeOnnxModel({ ...model, initializers: moved, dataFile }));
  };
}

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n';
const corrupt: readonly (readonly [what: string, change: (place: Place) => void, reason: string])[] = [
  ['a graph that is cut off', ({ graph }) => truncateSync(graph, 4000), 'Protobuf parsing failed'],
  ['an empty graph', ({ graph }) => truncateSync(graph, 0), 'ModelProto does not have a graph'],
  ['a pointer to a large file', ({ graph }) => writeFileSync(graph, pointer), 'Protobuf parsing failed'],
  [
    'weights that are cut off',
    ({ graph }) => truncateSync(`${graph}_data`, 5000),
    'file_length: 5000 are out of bounds',
  ],
  ['no weights', ({ graph }) => rmSync(`${graph}_data`), 'External data path does not exist'],
  ['weights at an absolute path', pointTo('/etc/hostname'), 'Absolute path not allowed'],
  [
    'weights outside of it',
    pointTo('../../../../etc/hostname'),
    'External data path escapes model directory',
  ],
];

describe('refuses an export with', () => {
  it.each(corrupt)('%s', async (_, change, reason) => {
    const directory = writeExport();
    const graph = join(directory, 'onnx', 'model.onnx');
    change({ directory, graph });
    await using source = await openModelSource(directory);
    const settings = { contextTokensMax: 64, sequencesMax: 1, chunkTokens: 8, threads: 1, spins: false };
    const opening = openExportRunner({
      ...{ ...settings, exportedGraph: graph, config: source.config, executionProvider: 'cpu' },
    });
    const error = exportUnusable(
      graph,
      await opening.then(
        () => undefined,
        (cause: unknown) => cause,
      ),
    );
    expect(error.code).toBe('WORKER_MODEL_FILE_INVALID');
    expect(error.message).toContain(`could not use the ONNX export ${graph}: `);
    expect(error.message).toContain(reason);
    expect(error.message).not.toMatch(/onnxruntime_src|\.cc:|ONNXRuntimeError|\n/);
    expect(error.message).toMatch(/; fetch it and the files beside it again$/);
  });

  it('a graph that its config does not describe, through the thread as well', async () => {
    const directory = writeExport();
    const config = join(directory, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"vocab_size": 512', '"vocab_size": 511'));
    await expect(openRunner({ modelFile: directory, graphDir: '', kind: 'portable' })).rejects.toSatisfy(
      (error) =>
        error instanceof DrydockError &&
        error.code === 'WORKER_MODEL_UNSUPPORTED' &&
        error.message.includes(
          'logits has 512 entries a position, and its config says 511; use a text model',
        ),
    );
  });
});

describe('an export that gives back no more than its window', () => {
  const open = (contextTokensMax?: number) =>
    openRunner({
      ...{ modelFile: writeExport({ forgets: true }), graphDir: '', kind: 'portable' },
      ...(contextTokensMax === undefined ? {} : { contextTokensMax }),
    });

  it('is refused when it is loaded, though its shapes do not tell', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'WORKER_MODEL_UNSUPPORTED',
      message: expect.stringContaining('present.0.key holds 16 positions of 17; use a text model'),
    });
  });

  it('is refused for a context of a position more than the window, and runs within the window', async () => {
    await expect(open(17)).rejects.toMatchObject({ code: 'WORKER_MODEL_UNSUPPORTED' });
    await using runner = await open(16);
    using sequence = runner.openSequence();
    expect(await runner.prefill(sequence, Array(16).fill(2), { logits: 'last' })).toHaveLength(512);
  });
});

const config: Gemma3Config = {
  ...{ vocabSize: 9, hidden: 8, feedForward: 8, heads: 2, kvHeads: 1, headDim: 16, layers: ['global'] },
  ...{ window: 4, contextTokensMax: 64, rmsEps: 1e-6, attentionScale: 1 },
  ...{ ropeBase: { local: 1e4, global: 1e6 }, ropeFactor: { local: 1, global: 1 } },
};
const tensor = (name: string, type: string, shape: readonly (number | string)[]): TensorDescription => ({
  name,
  isTensor: true,
  type,
  shape,
});
const past = (part: string, type = 'float32') =>
  tensor(`past_key_values.0.${part}`, type, ['batch', 1, 'past', 16]);
const present = (
  part: string,
  type = 'float32',
  shape: readonly (number | string)[] = ['batch', 1, 'all', 16],
) => tensor(`present.0.${part}`, type, shape);
const ids = tensor('input_ids', 'int64', ['batch', 'new']);
const inputs = [ids, past('key'), past('value')];
const logits = tensor('logits', 'float32', ['batch', 'new', 9]);
const outputs = [logits, present('key'), present('value')];

it('takes a graph with ids, caches and logits alone, and one with all that has a name', () => {
  expect(readExportInterface(inputs, outputs, config)).toEqual({
    hasAttentionMask: false,
    hasPositionIds: false,
    keepDims: undefined,
    caches: [
      { past: 'past_key_values.0.key', present: 'present.0.key', type: 'float32' },
      { past: 'past_key_values.0.value', present: 'present.0.value', type: 'float32' },
    ],
  });
  const more = ['attention_mask', 'position_ids'].map((name) => tensor(name, 'int64', ['batch', 'any']));
  const all = [...inputs, ...more, tensor('num_logits_to_keep', 'int64', [])];
  expect(readExportInterface(all, outputs, config)).toMatchObject({
    hasAttentionMask: true,
    hasPositionIds: true,
    keepDims: [],
  });
});

it.each([
  ['no ids', inputs.slice(1), outputs, 'it has no input input_ids'],
  ['no logits', inputs, outputs.slice(1), 'it has no output logits'],
  ['no past', inputs.slice(0, 2), outputs, 'it has no input past_key_values.0.value'],
  ['no present', inputs, outputs.slice(0, 2), 'it has no output present.0.value'],
  [
    'embeddings in place of ids',
    [...inputs, tensor('inputs_embeds', 'float32', ['batch', 'new', 8])],
    outputs,
    'it wants the input "inputs_embeds"',
  ],
  [
    'more layers than its config',
    [...inputs, tensor('past_key_values.1.key', 'float32', ['batch', 1, 'past', 16])],
    outputs,
    'it wants the input "past_key_values.1.key"',
  ],
  [
    'ids of 32 bits',
    [tensor('input_ids', 'int32', ['batch', 'new']), ...inputs.slice(1)],
    outputs,
    'input_ids is of int32, not of int64',
  ],
  [
    'caches of integers',
    [ids, past('key', 'int8'), past('value')],
    outputs,
    'past_key_values.0.key is of int8, not of float32 or float16',
  ],
  [
    'caches of two types',
    [ids, past('key', 'float16'), past('value')],
    outputs,
    'past_key_values.0.key is of float16 and present.0.key of float32',
  ],
  [
    'other heads',
    inputs,
    [logits, present('key', 'float32', ['batch', 2, 'all', 16]), present('value')],
    'present.0.key has the shape batch×2×all×16, not batch×1×any×16',
  ],
  [
    'caches of one length',
    inputs,
    [logits, present('key', 'float32', ['batch', 1, 64, 16]), present('value')],
    'present.0.key has the shape batch×1×64×16, not batch×1×any×16',
  ],
  [
    'another vocabulary',
    inputs,
    [tensor('logits', 'float32', ['batch', 'new', 8]), ...outputs.slice(1)],
    'logits has 8 entries a position, and its config says 9',
  ],
])('refuses a graph with %s', (_, takes, gives, reason) => {
  expect(() => readExportInterface(takes, gives, config)).toThrow(
    expect.objectContaining({ name: 'ForeignExport', message: expect.stringContaining(reason) }),
  );
});

it('refuses options that are for graphs of our own', () => {
  checkExportOptions('model.onnx', { weights: 'auto', head: 'as-weights' });
  for (const options of [{ weights: '8-bit' }, { head: '4-bit' }]) {
    expect(() => checkExportOptions('model.onnx', options)).toThrow(
      'an ONNX export runs with the weights that it has; leave that out',
    );
  }
});
