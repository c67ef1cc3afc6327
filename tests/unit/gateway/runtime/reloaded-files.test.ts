import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openReloadedFiles } from '../../../../src/gateway/runtime/reloaded-files.ts';

function place(readText = async (path: string) => readFileSync(path, 'utf8')) {
  const directory = mkdtempSync(join(tmpdir(), 'drydock-reloaded-'));
  const warnings: Readonly<Record<string, unknown>>[] = [];
  return {
    directory,
    warnings,
    open: () =>
      openReloadedFiles({
        ...{ directory, readText, names: ['limits.json', 'inner/limits.json'] as const, intervalMs: 5 },
        logger: { info: () => {}, warn: (fields) => void warnings.push(fields) },
        read: async (files) => ({
          outer: await files.optional('limits.json', String),
          inner: await files.optional('inner/limits.json', String),
        }),
      }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** At once, as who exchanges settings does. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
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

it.each([
  ['its rights are mended', (path: string) => chmodSync(path, 0o640)],
  ['it can be read again, though nothing of it changed', () => {}],
])('takes a file that could not be read once %s, and says once that it could not', async (_title, mend) => {
  let isReadable = true;
  let reads = 0;
  using here = place(async (path) => {
    reads += 1;
    if (!isReadable) throw new Error('EACCES');
    return readFileSync(path, 'utf8');
  });
  const path = join(here.directory, 'limits.json');
  writeFileSync(path, 'old');
  using files = await here.open();
  isReadable = false;
  put(path, 'new');
  await expect.poll(() => reads, { timeout: 20_000, interval: 5 }).toBeGreaterThan(4);
  expect(here.warnings).toMatchObject([{ event: 'file-refused', file: 'limits.json' }]);
  expect(files.current()).toMatchObject({ outer: 'old' });
  isReadable = true;
  mend(path);
  await expect.poll(() => files.current(), { timeout: 20_000, interval: 5 }).toMatchObject({ outer: 'new' });
});

it('looks again at a file that was refused for what it says only when something of it changes', async () => {
  using here = place();
  const path = join(here.directory, 'limits.json');
  let isRight = true;
  let reads = 0;
  using files = await openReloadedFiles({
    ...{ directory: here.directory, names: ['limits.json'] as const, intervalMs: 5 },
    logger: { info: () => {}, warn: () => {} },
    read: (set) =>
      set.optional('limits.json', (text) => {
        reads += 1;
        if (!isRight) throw new TypeError('wrong');
        return text;
      }),
  });
  isRight = false;
  put(path, 'new');
  await expect.poll(() => reads, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  isRight = true;
  const before = reads;
  await new Promise((resolve) => setImmediate(resolve));
  expect([files.current(), reads]).toEqual([undefined, before]);
  chmodSync(path, 0o640);
  await expect.poll(() => files.current(), { timeout: 20_000, interval: 5 }).toBe('new');
});
