/** The cache of built graphs: what it finds again, what it refuses, and what a failure leaves behind. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { faultOfEntry } from '../../../../src/worker/graph/graph-entry-runtime.ts';
import { openRunner } from '../../../../src/worker/runtime/open-runner.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const modelFile = fixtureFile('model-mixed.gguf');
const sha256 = createHash('sha256').update(readFileSync(modelFile)).digest('hex');
const halfWay = fileURLToPath(new URL('./build-half-way.ts', import.meta.url));

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}

describe('buildGraph', () => {
  it('builds once, with progress that rises to the end, and then finds the entry', async () => {
    const cacheDir = join(scratchDir(), 'not', 'yet', 'there');
    const seen: number[] = [];
    let total = 0;
    const first = await buildGraph({
      modelFile,
      cacheDir,
      onProgress: (doneBytes, totalBytes) => {
        seen.push(doneBytes);
        total = totalBytes;
      },
    });
    expect(first).toEqual({ dir: expect.stringContaining(cacheDir), built: true, sha256 });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBeGreaterThan(150_000);
    const again = await buildGraph({ modelFile, cacheDir, onProgress: () => expect.unreachable() });
    expect(again).toEqual({ ...first, built: false });
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('takes the word of a caller who knows the hash', async () => {
    const known = await buildGraph({ modelFile, cacheDir: scratchDir(), sha256: 'ab'.repeat(32) });
    expect(known.sha256).toBe('ab'.repeat(32));
  });

  it('keeps the entries of different models apart', async () => {
    const cacheDir = scratchDir();
    const mixed = await buildGraph({ modelFile, cacheDir });
    const main = await buildGraph({ modelFile: fixtureFile('model.gguf'), cacheDir });
    expect(main.built).toBe(true);
    expect(main.dir).not.toBe(mixed.dir);
  });

  it('leaves no entry when it is killed half-way, and builds afterwards', async () => {
    const cacheDir = scratchDir();
    const signal = await new Promise((resolve) => {
      execFile(process.execPath, [halfWay, modelFile, cacheDir], (error) => resolve(error?.signal));
    });
    expect(signal).toBe('SIGKILL');
    const left = readdirSync(cacheDir);
    expect(left).toEqual([expect.stringMatching(/^\.building-/)]);
    expect(await faultOfEntry(join(cacheDir, left[0] ?? ''), sha256)).toBe('it has no manifest');
    // What is left is young enough to be somebody's work, so it stays until it is old.
    const { built, dir } = await buildGraph({ modelFile, cacheDir });
    expect(built).toBe(true);
    expect(existsSync(join(cacheDir, left[0] ?? ''))).toBe(true);
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    utimesSync(join(cacheDir, left[0] ?? ''), longAgo, longAgo);
    rmSync(dir, { recursive: true });
    await buildGraph({ modelFile, cacheDir });
    expect(readdirSync(cacheDir)).toEqual([expect.stringMatching(/^graph-/)]);
  });

  it.each<{ what: string; damage: (dir: string) => void; fault: string }>([
    {
      what: 'a flipped bit in the weights',
      damage: (dir) => flipByte(join(dir, 'weights.bin'), 100_000),
      fault: 'weights.bin has a wrong checksum',
    },
    {
      what: 'a flipped bit in the model',
      damage: (dir) => flipByte(join(dir, 'model.onnx'), 1_000),
      fault: 'model.onnx has a wrong checksum',
    },
    {
      what: 'weights cut short',
      damage: (dir) => truncateSync(join(dir, 'weights.bin'), 5_000),
      fault: 'weights.bin has 5000 bytes instead of',
    },
    {
      what: 'no weights',
      damage: (dir) => rmSync(join(dir, 'weights.bin')),
      fault: 'weights.bin is missing',
    },
    { what: 'no manifest', damage: (dir) => rmSync(join(dir, 'manifest.json')), fault: 'it has no manifest' },
    {
      what: 'half a manifest',
      damage: (dir) => truncateSync(join(dir, 'manifest.json'), 60),
      fault: 'its manifest is damaged',
    },
    {
      what: 'a manifest of something else',
      damage: (dir) => writeFileSync(join(dir, 'manifest.json'), '[]'),
      fault: 'its manifest is damaged',
    },
  ])('finds $what and builds anew', async ({ damage, fault }) => {
    const cacheDir = scratchDir();
    const { dir } = await buildGraph({ modelFile, cacheDir });
    expect(await faultOfEntry(dir, sha256)).toBeUndefined();
    damage(dir);
    expect(await faultOfEntry(dir, sha256)).toContain(fault);
    expect(await buildGraph({ modelFile, cacheDir })).toEqual({ dir, built: true, sha256 });
    expect(await faultOfEntry(dir, sha256)).toBeUndefined();
    expect(readdirSync(cacheDir)).toHaveLength(1);
    await using runner = await openRunner({ modelFile, graphDir: dir });
    expect(runner.vocabSize).toBe(512);
  });

  it('refuses an entry of another model or another version of the builder', async () => {
    const { dir } = await buildGraph({ modelFile, cacheDir: scratchDir() });
    expect(await faultOfEntry(dir, '00'.repeat(32))).toBe('it was built from another model');
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest, builderVersion: 0 }));
    expect(await faultOfEntry(dir, sha256)).toBe('another version built it');
  });

  it('ends with one sound entry when several build at once, over a damaged one too', async () => {
    const cacheDir = scratchDir();
    const { dir } = await buildGraph({ modelFile, cacheDir });
    truncateSync(join(dir, 'weights.bin'), 1);
    const results = await Promise.all(Array.from({ length: 5 }, () => buildGraph({ modelFile, cacheDir })));
    expect(new Set(results.map((result) => result.dir))).toEqual(new Set([dir]));
    expect(await faultOfEntry(dir, sha256)).toBeUndefined();
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('stops on abort and leaves nothing', async () => {
    const cacheDir = scratchDir();
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    const building = buildGraph({ modelFile, cacheDir, onProgress, signal: abort.signal });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    expect(readdirSync(cacheDir)).toEqual([]);
    const late = buildGraph({ modelFile, cacheDir, signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  });

  it('says which directory it could not write', async () => {
    const cacheDir = join(scratchDir(), 'file');
    writeFileSync(cacheDir, '');
    const building = buildGraph({ modelFile, cacheDir });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_GRAPH_BUILD_FAILED' });
    await expect(building).rejects.toThrow(cacheDir);
  });

  it('serves an entry from a cache that it may not write', async () => {
    const cacheDir = scratchDir();
    await buildGraph({ modelFile, cacheDir });
    chmodSync(cacheDir, 0o500);
    expect((await buildGraph({ modelFile, cacheDir })).built).toBe(false);
    chmodSync(cacheDir, 0o700);
  });

  it('builds nothing from a file that is not sound', async () => {
    const dir = scratchDir();
    const cacheDir = join(dir, 'cache');
    mkdirSync(cacheDir);
    const cut = join(dir, 'cut.gguf');
    writeFileSync(cut, readFileSync(modelFile).subarray(0, statSync(modelFile).size - 1));
    const building = buildGraph({ modelFile: cut, cacheDir });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
    expect(readdirSync(cacheDir)).toEqual([]);
  });
});
