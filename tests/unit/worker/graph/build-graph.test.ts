/** The cache of built graphs: what it finds again, what it refuses, and what a failure leaves behind. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
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
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { builderVersion } from '../../../../src/worker/graph/entry-manifest.ts';
import { findEntry } from '../../../../src/worker/graph/graph-entry-runtime.ts';
import { type GraphOptions, graphVariant } from '../../../../src/worker/graph/graph-variant.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const modelFile = fixtureFile('model-mixed.gguf');
const sha256 = createHash('sha256').update(readFileSync(modelFile)).digest('hex');
/** Built without a look at the activations first, which takes longer. */
const weights = 'lossless';
const program = fileURLToPath(new URL('./build-program.ts', import.meta.url));

/** Runs the program beside this test. */
function run(...args: string[]): Promise<{ readonly signal: unknown; readonly stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout) =>
      resolve({ signal: error?.signal, stdout }),
    );
  });
}

async function buildElsewhere(cacheDir: string): Promise<string> {
  const { stdout } = await run(modelFile, cacheDir);
  return stdout.trim();
}

function changeManifest(file: string, changes: object): void {
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
}

const keyOf = (options: GraphOptions = { weights }) => ({
  sourceSha256: sha256,
  variant: graphVariant(options),
});

/** The cache without its notes of what was hashed. */
const entriesOf = (cacheDir: string) => readdirSync(cacheDir).filter((name) => name !== 'sources');

/** Why the cache has no entry for the model; undefined when it has. */
async function faultOf(cacheDir: string, options?: GraphOptions): Promise<string | undefined> {
  const found = await findEntry(cacheDir, keyOf(options));
  return 'fault' in found ? found.fault : undefined;
}

/** The manifest's files with other checksums. */
function wrongChecksums(manifest: string): object {
  const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
  return Object.fromEntries(Object.keys(files).map((name) => [name, { ...files[name], crc32: 1 }]));
}

function manifestOf(cacheDir: string): string {
  const [name = ''] = readdirSync(cacheDir).filter((file) => file.endsWith('.json'));
  return join(cacheDir, name);
}

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
      weights,
      onProgress: (doneBytes, totalBytes) => {
        seen.push(doneBytes);
        total = totalBytes;
      },
    });
    expect(first).toMatchObject({ dir: expect.stringContaining(cacheDir), built: true, sha256 });
    expect(first.weights).toContainEqual({ kind: 'attn_q', type: 'Q5_0', tensors: 6, form: 'exact' });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBeGreaterThan(150_000);
    const again = await buildGraph({ modelFile, cacheDir, weights, onProgress: () => expect.unreachable() });
    expect(again).toEqual({ ...first, built: false });
    expect(entriesOf(cacheDir)).toHaveLength(2);
  });

  it('gives another graph only under another version, so that no cache serves an old one', async () => {
    const { dir } = await buildGraph({ modelFile, cacheDir: scratchDir() });
    const digest = createHash('sha256');
    for (const name of ['model.onnx', 'weights.bin']) digest.update(readFileSync(join(dir, name)));
    // Whoever changes what is built raises the version, and writes the new digest here.
    expect({ builderVersion, digest: digest.digest('hex') }).toEqual({
      builderVersion: 3,
      digest: '02ce9086246f953edb128fa509580bddc01b2e4873f8d2f52d3bbe0298593ba4',
    });
  });

  it('takes the word of a caller who knows the hash', async () => {
    const known = await buildGraph({ modelFile, cacheDir: scratchDir(), weights, sha256: 'ab'.repeat(32) });
    expect(known.sha256).toBe('ab'.repeat(32));
  });

  it('keeps what was built in different ways apart, and finds each again', async () => {
    const cacheDir = scratchDir();
    const ways: GraphOptions[] = [
      {},
      { weights: 'lossless' },
      { weights: '4-bit' },
      { weights: 'float' },
      { head: '4-bit' },
      { block: 16 },
    ];
    const dirs: string[] = [];
    for (const way of ways) dirs.push((await buildGraph({ modelFile, cacheDir, ...way })).dir);
    expect(new Set(dirs).size).toBe(ways.length);
    for (const [index, way] of ways.entries()) {
      const again = await buildGraph({ modelFile, cacheDir, ...way });
      expect(again).toMatchObject({ dir: dirs[index], built: false });
    }
    const sizes = dirs.map((dir) => statSync(join(dir, 'weights.bin')).size);
    expect(Math.max(...sizes)).toBeGreaterThan(2 * Math.min(...sizes));
  });

  it('reads neither a known model nor a checked graph again', async () => {
    const cacheDir = scratchDir();
    const file = join(scratchDir(), 'model.gguf');
    copyFileSync(modelFile, file);
    const { dir } = await buildGraph({ modelFile: file, cacheDir, weights });
    // What was noted is believed while the files look as they did: a note of another digest leads to no entry.
    const [note = ''] = readdirSync(join(cacheDir, 'sources'));
    const path = join(cacheDir, 'sources', note);
    writeFileSync(path, readFileSync(path, 'utf8').replace(sha256, 'ab'.repeat(32)));
    expect(await buildGraph({ modelFile: file, cacheDir, weights })).toMatchObject({
      built: true,
      sha256: 'ab'.repeat(32),
    });
    rmSync(path);
    // A checksum that is wrong shows only once the graph is read.
    const manifest = join(cacheDir, `${basename(dir).slice(0, -17)}.json`);
    changeManifest(manifest, { files: wrongChecksums(manifest) });
    expect(await faultOf(cacheDir)).toBeUndefined();
    utimesSync(join(dir, 'weights.bin'), 1, 1);
    expect(await faultOf(cacheDir)).toBe('model.onnx has a wrong checksum');
  });

  it('hashes a model again that was replaced by one of its size and time', async () => {
    const cacheDir = scratchDir();
    const file = join(scratchDir(), 'model.gguf');
    copyFileSync(modelFile, file);
    utimesSync(file, 1_000, 1_000);
    await buildGraph({ modelFile: file, cacheDir, weights });
    flipByte(file, statSync(file).size - 1);
    utimesSync(file, 1_000, 1_000);
    expect(await buildGraph({ modelFile: file, cacheDir, weights })).toMatchObject({
      built: true,
      sha256: expect.not.stringContaining(sha256),
    });
  });

  it('refuses weights that are no numbers, and leaves nothing', async () => {
    const cacheDir = scratchDir();
    const file = join(scratchDir(), 'model.gguf');
    const bytes = readFileSync(fixtureFile('model.gguf'));
    bytes.writeFloatLE(Number.NaN, bytes.length - 64);
    writeFileSync(file, bytes);
    const building = buildGraph({ modelFile: file, cacheDir, weights });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
    await expect(building).rejects.toThrow(/the tensor \S+ holds a number that is not finite; fetch/);
    expect(entriesOf(cacheDir)).toEqual([]);
  });

  it('keeps the entries of different models apart', async () => {
    const cacheDir = scratchDir();
    const mixed = await buildGraph({ modelFile, cacheDir, weights });
    const main = await buildGraph({ modelFile: fixtureFile('model.gguf'), cacheDir, weights });
    expect(main.built).toBe(true);
    expect(main.dir).not.toBe(mixed.dir);
  });

  it('leaves no entry when it is killed half-way, and builds afterwards', async () => {
    const cacheDir = scratchDir();
    const { signal } = await run(modelFile, cacheDir, 'half-way');
    expect(signal).toBe('SIGKILL');
    const [left = '', ...more] = entriesOf(cacheDir);
    expect(more).toEqual([]);
    expect(await faultOf(cacheDir)).toBe('there is none');
    // What is left is young enough to be somebody's work, so it stays until it is old.
    const { built, dir } = await buildGraph({ modelFile, cacheDir, weights });
    expect(built).toBe(true);
    expect(existsSync(join(cacheDir, left))).toBe(true);
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const old of [join(cacheDir, left), dir]) utimesSync(old, longAgo, longAgo);
    await buildGraph({ modelFile: fixtureFile('model.gguf'), cacheDir, weights });
    expect(existsSync(join(cacheDir, left))).toBe(false);
    expect(await faultOf(cacheDir)).toBeUndefined();
  });

  it('leaves no entry when it is killed while it measures activations, or cancelled then', async () => {
    const cacheDir = scratchDir();
    expect((await run(modelFile, cacheDir, 'at once')).signal).toBe('SIGKILL');
    expect(entriesOf(cacheDir)).toHaveLength(1);
    expect(await faultOf(cacheDir, {})).toBe('there is none');
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    const building = buildGraph({ modelFile, cacheDir, onProgress, signal: abort.signal });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    expect(entriesOf(cacheDir)).toHaveLength(1);
    const { built, dir } = await buildGraph({ modelFile, cacheDir });
    expect(built).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(['checked.json', 'model.onnx', 'weights.bin']);
    expect(await faultOf(cacheDir, {})).toBeUndefined();
  });

  it('refuses weights that are no numbers while it measures activations, too', async () => {
    const cacheDir = scratchDir();
    const file = join(scratchDir(), 'model.gguf');
    const bytes = readFileSync(fixtureFile('model.gguf'));
    bytes.writeFloatLE(Number.NaN, bytes.length - 64);
    writeFileSync(file, bytes);
    const building = buildGraph({ modelFile: file, cacheDir, weights: '8-bit' });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
    expect(entriesOf(cacheDir)).toEqual([]);
  });

  it.each<{ what: string; damage: (paths: { dir: string; manifest: string }) => void; fault: string }>([
    {
      what: 'a flipped bit in the weights',
      damage: ({ dir }) => flipByte(join(dir, 'weights.bin'), 100_000),
      fault: 'weights.bin has a wrong checksum',
    },
    {
      what: 'a flipped bit in the model',
      damage: ({ dir }) => flipByte(join(dir, 'model.onnx'), 1_000),
      fault: 'model.onnx has a wrong checksum',
    },
    {
      what: 'weights cut short',
      damage: ({ dir }) => truncateSync(join(dir, 'weights.bin'), 5_000),
      fault: 'weights.bin has 5000 bytes instead of',
    },
    {
      what: 'no weights',
      damage: ({ dir }) => rmSync(join(dir, 'weights.bin')),
      fault: 'weights.bin cannot be read',
    },
    { what: 'no manifest', damage: ({ manifest }) => rmSync(manifest), fault: 'there is none' },
    {
      what: 'half a manifest',
      damage: ({ manifest }) => truncateSync(manifest, 60),
      fault: 'its manifest is damaged',
    },
    {
      what: 'a manifest of something else',
      damage: ({ manifest }) => writeFileSync(manifest, '[]'),
      fault: 'its manifest is damaged',
    },
    {
      what: 'a manifest that leads out of the cache',
      damage: ({ manifest }) => changeManifest(manifest, { dir: '../elsewhere' }),
      fault: 'its manifest is damaged',
    },
    {
      what: 'the work of another version',
      damage: ({ manifest }) => changeManifest(manifest, { builderVersion: 0 }),
      fault: 'another version built it',
    },
    {
      what: 'the work of other options',
      damage: ({ manifest }) => changeManifest(manifest, { variant: 'float' }),
      fault: 'it was built with other options',
    },
    {
      what: 'the work on another model',
      damage: ({ manifest }) => changeManifest(manifest, { sourceSha256: '00'.repeat(32) }),
      fault: 'it was built from another model',
    },
  ])('finds $what and builds anew', async ({ damage, fault }) => {
    const cacheDir = scratchDir();
    const { dir } = await buildGraph({ modelFile, cacheDir, weights });
    expect(await faultOf(cacheDir)).toBeUndefined();
    damage({ dir, manifest: manifestOf(cacheDir) });
    expect(await faultOf(cacheDir)).toContain(fault);
    const again = await buildGraph({ modelFile, cacheDir, weights });
    expect(again).toMatchObject({ dir: expect.not.stringMatching(dir), built: true, sha256 });
    expect(await faultOf(cacheDir)).toBeUndefined();
  });

  it('removes the directory of a damaged entry, once the new one stands', async () => {
    const cacheDir = scratchDir();
    const { dir } = await buildGraph({ modelFile, cacheDir, weights });
    truncateSync(join(dir, 'weights.bin'), 1);
    await buildGraph({ modelFile, cacheDir, weights });
    expect(existsSync(dir)).toBe(false);
    expect(entriesOf(cacheDir)).toHaveLength(2);
  });

  /** Half of six builds in this process and at once, half in programs of their own. */
  function buildSixTimes(cacheDir: string): Promise<string[]> {
    const builds = Array.from({ length: 6 }, (_, i) =>
      i % 2 === 0
        ? buildGraph({ modelFile, cacheDir, weights }).then((result) => result.dir)
        : buildElsewhere(cacheDir),
    );
    return Promise.all(builds);
  }

  it('ends with one entry, the same for everyone, when several build at once', async () => {
    const cacheDir = scratchDir();
    const [dir = '', ...others] = await buildSixTimes(cacheDir);
    expect(new Set(others)).toEqual(new Set([dir]));
    expect(await findEntry(cacheDir, keyOf())).toMatchObject({ dir });
    expect(entriesOf(cacheDir).sort()).toEqual([basename(dir), basename(manifestOf(cacheDir))].sort());
    expect(readdirSync(dir).sort()).toEqual(['checked.json', 'model.onnx', 'weights.bin']);
  });

  it('gives everyone a sound graph when several replace a damaged one at once', async () => {
    const cacheDir = scratchDir();
    const { dir } = await buildGraph({ modelFile, cacheDir, weights });
    const sound = readFileSync(join(dir, 'weights.bin'));
    truncateSync(join(dir, 'weights.bin'), 1);
    for (const each of await buildSixTimes(cacheDir)) {
      expect(readFileSync(join(each, 'weights.bin')).equals(sound)).toBe(true);
      expect(readdirSync(each)).toContain('model.onnx');
    }
    expect(await faultOf(cacheDir)).toBeUndefined();
  });

  it('stops on abort and leaves nothing', async () => {
    const cacheDir = scratchDir();
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    const building = buildGraph({ modelFile, cacheDir, weights, onProgress, signal: abort.signal });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
    expect(entriesOf(cacheDir)).toEqual([]);
    const late = buildGraph({ modelFile, cacheDir, signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  });

  it('says which directory it could not write', async () => {
    const cacheDir = join(scratchDir(), 'file');
    writeFileSync(cacheDir, '');
    const building = buildGraph({ modelFile, cacheDir, weights });
    await expect(building).rejects.toMatchObject({ code: 'WORKER_GRAPH_BUILD_FAILED' });
    await expect(building).rejects.toThrow(cacheDir);
  });

  it('serves an entry from a cache that it may not write', async () => {
    const cacheDir = scratchDir();
    await buildGraph({ modelFile, cacheDir, weights });
    chmodSync(cacheDir, 0o500);
    expect((await buildGraph({ modelFile, cacheDir, weights })).built).toBe(false);
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
