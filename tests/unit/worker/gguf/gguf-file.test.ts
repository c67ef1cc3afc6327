/** Opening model files that are not what they should be, and reading what is. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openGguf } from '../../../../src/worker/gguf/gguf-file-runtime.ts';
import { scratchDir } from '../scratch-dir.ts';
import { writeGguf } from './write-gguf.ts';

const tiny = fileURLToPath(new URL('../../../fixtures/tiny-gemma3/model.gguf', import.meta.url));

describe('openGguf', () => {
  it('reads a tensor from the place that the header names', async () => {
    await using gguf = await openGguf(tiny);
    const bytes = new Uint8Array(64);
    await gguf.readBytes(bytes, gguf.tensors.get('blk.0.attn_q.weight')?.offset ?? 0);
    expect(Buffer.from(bytes)).toEqual(readFileSync(tiny).subarray(83_488, 83_552));
  });

  it('reads a header larger than its first read', async () => {
    const file = join(scratchDir(), 'large.gguf');
    const keys = Array.from(
      { length: 3 },
      (_, i) => [`k${i}`, { type: 'string', value: 'x'.repeat(2 ** 20) }] as const,
    );
    writeFileSync(file, writeGguf(Object.fromEntries(keys), []));
    await using gguf = await openGguf(file);
    expect(gguf.metadata.string('k2')).toHaveLength(2 ** 20);
  });

  it.each<{ what: string; make: (path: string) => void; reason: string }>([
    { what: 'a missing file', make: () => undefined, reason: 'it cannot be opened (ENOENT)' },
    { what: 'a directory', make: (path) => void execFileSync('mkdir', [path]), reason: 'not a regular file' },
    { what: 'a pipe', make: (path) => void execFileSync('mkfifo', [path]), reason: 'not a regular file' },
    { what: 'an empty file', make: (path) => writeFileSync(path, ''), reason: 'ends inside' },
    {
      what: 'a truncated file',
      make: (path) => {
        copyFileSync(tiny, path);
        truncateSync(path, 200_000);
      },
      reason: 'and the file at 200000',
    },
  ])('refuses $what', async ({ make, reason }) => {
    const path = join(scratchDir(), 'model.gguf');
    make(path);
    const opened = openGguf(path);
    await expect(opened).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
    await expect(opened).rejects.toThrow(reason);
    await expect(opened).rejects.toThrow(path);
  });

  it('refuses to read past the end of a file that shrank', async () => {
    const path = join(scratchDir(), 'model.gguf');
    copyFileSync(tiny, path);
    await using gguf = await openGguf(path);
    truncateSync(path, 100_000);
    await expect(gguf.readBytes(new Uint8Array(10), 99_995)).rejects.toThrow(
      'it ended early, at byte 100000',
    );
  });
});
