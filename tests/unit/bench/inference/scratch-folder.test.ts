/** What a killed bench left in the cache goes when the next one starts; what runs keeps its own. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openScratchFolder } from '../../../../bench/inference/scratch-folder.ts';

test('removes what ended benches left, and nothing else', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'drydock-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  const { pid: ended } = spawnSync(process.execPath, ['--version']);
  const kept = [`bench-${process.pid}-abcdef`, 'bench-newone', 'bench', 'models', 'bench-notes-of-mine'];
  const left = [`bench-${ended}-abcdef`, 'bench-oldone'];
  for (const name of [...kept, ...left]) {
    mkdirSync(join(cache, name));
    writeFileSync(join(cache, name, 'reference.f32'), 'x');
  }
  const hoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  for (const name of ['bench-oldone', 'models']) utimesSync(join(cache, name), hoursAgo, hoursAgo);
  {
    await using folder = await openScratchFolder(cache);
    expect(basename(folder.path)).toMatch(new RegExp(`^bench-${process.pid}-`));
    expect(readdirSync(cache).sort()).toEqual([...kept, basename(folder.path)].sort());
  }
  expect(readdirSync(cache).sort()).toEqual(kept.sort());
});
