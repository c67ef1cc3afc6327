/** Directories as model sources: the same model as its GGUF file, however it is laid out; and what is no model. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dequantize } from '../../../../src/worker/gguf/dequantize.ts';
import { bytesOfElements } from '../../../../src/worker/gguf/ggml-types.ts';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { type ModelSource, openModelSource } from '../../../../src/worker/model-source.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { modelDirectory, renamed, tinyParts } from './model-directory.ts';
import { type SafetensorsPart, withHeader } from './write-safetensors.ts';

const tinyConfig = JSON.parse(readFileSync(fixtureFile('config.json'), 'utf8'));
const { model_type: _, ...textConfig } = tinyConfig;

/** The lower halves cut off, or rounded to half precision. */
const asBf16 = (part: SafetensorsPart): SafetensorsPart => {
  const words = new Uint32Array(Uint8Array.from(part.bytes).buffer);
  return {
    ...part,
    dtype: 'BF16',
    bytes: new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer),
  };
};
const asF16 = (part: SafetensorsPart): SafetensorsPart => {
  const floats = new Float32Array(Uint8Array.from(part.bytes).buffer);
  return { ...part, dtype: 'F16', bytes: new Uint8Array(Float16Array.from(floats).buffer) };
};

async function values(source: ModelSource, name: string): Promise<Float32Array> {
  const tensor = source.tensors.get(name);
  if (tensor === undefined) throw new Error(`no ${name}`);
  const bytes = new Uint8Array(bytesOfElements(tensor.type, tensor.elements));
  await source.readBytes(tensor, bytes, 0);
  const out = new Float32Array(tensor.elements);
  dequantize(tensor.type, bytes, out);
  return out.map((value) => value + tensor.added);
}

async function graphBytes(modelFile: string): Promise<{ readonly weights: Buffer; readonly model: Buffer }> {
  const { dir } = await buildGraph({ modelFile, cacheDir: scratchDir() });
  return { weights: readFileSync(join(dir, 'weights.bin')), model: readFileSync(join(dir, 'model.onnx')) };
}

describe('openModelSource of a directory', () => {
  it('builds the very graph that the GGUF file of the model gives, byte for byte', async () => {
    const fromGguf = await graphBytes(fixtureFile('model.gguf'));
    const fromDirectory = await graphBytes(modelDirectory());
    expect(fromDirectory.weights.equals(fromGguf.weights)).toBe(true);
    expect(fromDirectory.model.equals(fromGguf.model)).toBe(true);
    expect(fromGguf.weights.length).toBeGreaterThan(300_000);
  });

  it.each([
    { what: 'the old dialect', make: () => modelDirectory({ config: 'config-legacy.json' }) },
    { what: 'three shards', make: () => modelDirectory({ shards: 3 }) },
    {
      what: 'the multimodal wrapper of old',
      make: () =>
        modelDirectory({
          config: { model_type: 'gemma3', text_config: textConfig, vision_config: {} },
          parts: [
            ...renamed(/^model\./, 'language_model.model.'),
            { name: 'vision_tower.x.weight', dtype: 'U8', shape: [3], bytes: new Uint8Array(3) },
          ],
        }),
    },
    {
      what: 'the multimodal wrapper of today, in shards',
      make: () =>
        modelDirectory({
          config: { model_type: 'gemma3', text_config: tinyConfig },
          parts: renamed(/^model\./, 'model.language_model.'),
          shards: 2,
        }),
    },
    {
      what: 'the embedding a second time as output',
      make: () => {
        const [embedding] = tinyParts.filter(({ name }) => name === 'model.embed_tokens.weight');
        if (embedding === undefined) throw new Error('no embedding');
        return modelDirectory({ parts: [...tinyParts, { ...embedding, name: 'lm_head.weight' }] });
      },
    },
  ])('finds the same model in $what', async ({ make }) => {
    await using plain = await openModelSource(fixtureFile('model.gguf'));
    await using source = await openModelSource(make());
    expect(source.kind).toBe('hugging-face');
    expect(source.config).toEqual({ ...plain.config, rmsEps: 1e-6 });
    expect([...source.tensors.keys()].sort()).toEqual([...plain.tensors.keys()].sort());
    for (const name of ['token_embd.weight', 'blk.4.attn_k_norm.weight', 'blk.5.ffn_down.weight']) {
      expect(await values(source, name)).toEqual(await values(plain, name));
    }
  });

  it.each([
    { dtype: 'BF16', as: asBf16, error: 2 ** -7 },
    { dtype: 'F16', as: asF16, error: 2 ** -10 },
  ])('reads $dtype', async ({ dtype, as, error }) => {
    await using plain = await openModelSource(fixtureFile('model.gguf'));
    await using source = await openModelSource(modelDirectory({ parts: tinyParts.map(as) }));
    expect(source.tensors.get('blk.2.ffn_up.weight')?.type.name).toBe(dtype);
    const exact = await values(plain, 'blk.2.ffn_up.weight');
    const read = await values(source, 'blk.2.ffn_up.weight');
    expect(Math.max(...read.map((value, i) => Math.abs(value / (exact[i] ?? 0) - 1)))).toBeLessThan(error);
    expect(read).not.toEqual(exact);
  });

  it('takes an output matrix of its own where the config says so', async () => {
    const head = { name: 'lm_head.weight', dtype: 'F32', shape: [512, 32], bytes: new Uint8Array(65_536) };
    const config = { ...tinyConfig, tie_word_embeddings: false };
    await using source = await openModelSource(modelDirectory({ config, parts: [...tinyParts, head] }));
    expect(source.tensors.get('output.weight')?.shape).toEqual([32, 512]);
  });

  it('names every file that it is made of', async () => {
    const directory = modelDirectory({ shards: 2 });
    await using source = await openModelSource(directory);
    expect(source.files.map((file) => file.slice(directory.length + 1)).sort()).toEqual([
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('reads through links, as a download cache has them', async () => {
    const directory = modelDirectory();
    const linked = scratchDir();
    for (const name of ['config.json', 'model.safetensors'])
      symlinkSync(join(directory, name), join(linked, name));
    await using source = await openModelSource(linked);
    expect(source.tensors.size).toBe(80);
  });

  const index = 'model.safetensors.index.json';
  const shard = 'model-00002-of-00002.safetensors';
  const patchIndex = (directory: string, change: (map: Record<string, unknown>) => void) => {
    const value = JSON.parse(readFileSync(join(directory, index), 'utf8'));
    change(value.weight_map);
    writeFileSync(join(directory, index), JSON.stringify(value));
  };

  it.each<{ what: string; make: () => string; code?: string; reason: string }>([
    {
      what: 'a path that is not there',
      make: () => join(scratchDir(), 'no'),
      reason: 'it cannot be opened (ENOENT)',
    },
    { what: 'an empty directory', make: scratchDir, reason: 'it has no config.json' },
    {
      what: 'a config without weights',
      make: () => {
        const directory = modelDirectory();
        rmSync(join(directory, 'model.safetensors'));
        return directory;
      },
      reason: `it has neither model.safetensors nor ${index}`,
    },
    {
      what: 'weights cut off',
      make: () => {
        const directory = modelDirectory();
        truncateSync(join(directory, 'model.safetensors'), 200_000);
        return directory;
      },
      reason: 'and the file at 200000',
    },
    {
      what: 'a shard cut off',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        truncateSync(join(directory, shard), 5_000);
        return directory;
      },
      reason: 'at 5000',
    },
    {
      what: 'a shard that is missing',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        rmSync(join(directory, shard));
        return directory;
      },
      reason: 'it cannot be opened (ENOENT)',
    },
    {
      what: 'a pipe for weights',
      make: () => {
        const directory = modelDirectory();
        rmSync(join(directory, 'model.safetensors'));
        execFileSync('mkfifo', [join(directory, 'model.safetensors')]);
        return directory;
      },
      reason: 'it is not a regular file',
    },
    {
      what: 'a directory for a config',
      make: () => {
        const directory = modelDirectory();
        rmSync(join(directory, 'config.json'));
        mkdirSync(join(directory, 'config.json'));
        return directory;
      },
      reason: 'it is not a regular file',
    },
    {
      what: 'an absurd config',
      make: () => {
        const directory = modelDirectory();
        truncateSync(join(directory, 'config.json'), 40_000_000);
        return directory;
      },
      reason: 'it has 40000000 bytes',
    },
    {
      what: 'an index that leads out',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        patchIndex(directory, (map) => {
          map['model.norm.weight'] = '../other.safetensors';
        });
        return directory;
      },
      reason: '"../other.safetensors" is not the name of a safetensors file',
    },
    {
      what: 'an index without a map',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        writeFileSync(join(directory, index), '{"metadata":{}}');
        return directory;
      },
      reason: 'weight_map:',
    },
    {
      what: 'an index that is no JSON',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        writeFileSync(join(directory, index), '{"weight_map":');
        return directory;
      },
      reason: 'it is not JSON',
    },
    {
      what: 'an index that puts a tensor where it is not',
      make: () => {
        const directory = modelDirectory({ shards: 2 });
        patchIndex(directory, (map) => {
          map['model.embed_tokens.weight'] = shard;
        });
        return directory;
      },
      reason: 'the tensor "model.embed_tokens.weight" is missing, which the index says is in it',
    },
    {
      what: 'a tensor that Gemma-3 does not have',
      make: () =>
        modelDirectory({
          parts: [
            ...tinyParts,
            {
              name: 'model.layers.0.self_attn.q_proj.bias',
              dtype: 'F32',
              shape: [1],
              bytes: new Uint8Array(4),
            },
          ],
        }),
      code: 'UNSUPPORTED',
      reason: '"model.layers.0.self_attn.q_proj.bias", which no Gemma-3 has',
    },
    {
      what: 'weights of a type that is not run',
      make: () =>
        modelDirectory({
          parts: tinyParts.map((part) =>
            part.name === 'model.norm.weight' ? { ...part, dtype: 'F8_E4M3', shape: [128] } : part,
          ),
        }),
      code: 'UNSUPPORTED',
      reason: 'the tensor "model.norm.weight" has the type "F8_E4M3"',
    },
    {
      what: 'one tensor under two names',
      make: () =>
        modelDirectory({
          parts: [
            ...tinyParts,
            {
              name: 'model.language_model.norm.weight',
              dtype: 'F32',
              shape: [32],
              bytes: new Uint8Array(128),
            },
          ],
        }),
      reason: 'output_norm.weight appears twice',
    },
    {
      what: 'embeddings of another number than the config says',
      make: () => modelDirectory({ config: { ...tinyConfig, vocab_size: 511 } }),
      reason: 'its config has 511 tokens, and there are 512 embeddings',
    },
    {
      what: 'no embeddings',
      make: () => modelDirectory({ parts: tinyParts.filter(({ name }) => !name.includes('embed')) }),
      reason: 'its embeddings are missing or have a wrong shape',
    },
    {
      what: 'another architecture',
      make: () => modelDirectory({ config: { ...tinyConfig, model_type: 'qwen3' } }),
      code: 'UNSUPPORTED',
      reason: 'its model_type is "qwen3", not gemma3',
    },
    {
      what: 'what is no safetensors file',
      make: () => {
        const directory = modelDirectory();
        writeFileSync(join(directory, 'model.safetensors'), withHeader('PK\u0003\u0004'));
        return directory;
      },
      reason: 'its header is not JSON, so it is no safetensors file',
    },
  ])('refuses $what', async ({ make, code = 'FILE_INVALID', reason }) => {
    const path = make();
    const opened = openModelSource(path);
    await expect(opened).rejects.toMatchObject({ code: `WORKER_MODEL_${code}` });
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toThrow(path);
    await expect(opened).rejects.toThrow(/^[^\n]{1,400}$/);
  });
});
