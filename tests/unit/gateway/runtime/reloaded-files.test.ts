import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openReloadedFiles } from '../../../../src/gateway/runtime/reloaded-files.ts';

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'drydock-reloaded-'));
  const warnings: Readonly<Record<string, unknown>>[] = [];
  return {
    directory,
    warnings,
    open: () =>
      openReloadedFiles({
        ...{ directory, names: ['limits.json', 'inner/limits.json'] as const, intervalMs: 5 },
        logger: { info: () => {}, warn: (fields) => void warnings.push(fields) },
        read: async (files) => ({
          outer: await files.optional('limits.json', String),
          inner: await files.optional('inner/limits.json', String),
        }),
      }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

it('takes a file as absent where there is none, nor a directory for it', async () => {
  using here = place();
  using files = await here.open();
  expect(files.current()).toEqual({ outer: undefined, inner: undefined });
});

it.each<[string, (directory: string) => void]>([
  ['is a link to nothing', (directory) => symlinkSync('gone', join(directory, 'limits.json'))],
  ['is a link to itself', (directory) => symlinkSync('limits.json', join(directory, 'limits.json'))],
  ['is a directory', (directory) => mkdirSync(join(directory, 'limits.json'))],
  ['would be in what is no directory', (directory) => writeFileSync(join(directory, 'inner'), '')],
])('starts with no file that %s', async (_title, make) => {
  using here = place();
  make(here.directory);
  await expect(here.open()).rejects.toMatchObject({ code: 'GATEWAY_CONFIG_INVALID' });
});

it('keeps what is in force while a file cannot be reached, and lifts nothing for a link that came to nothing', async () => {
  using here = place();
  using files = await here.open();
  symlinkSync('gone', join(here.directory, 'limits.json'));
  expect(await files.reload()).toMatchObject({ outcome: 'refused', file: 'limits.json' });
  expect(files.current()).toEqual({ outer: undefined, inner: undefined });
});
