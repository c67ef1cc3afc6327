import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRunDirectory } from '../../../../sim/deployment/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('keeps one key for the folder, readable by its owner alone, and hands out its hash', () => {
  const first = openRunDirectory(folder);
  const second = openRunDirectory(folder);
  expect(second.apiKey).toBe(first.apiKey);
  expect(readFileSync(first.apiKeyFile, 'utf8').trim()).toBe(first.apiKey);
  expect(statSync(first.apiKeyFile).mode & 0o777).toBe(0o600);
  const sha256 = createHash('sha256').update(first.apiKey).digest('hex');
  expect(JSON.parse(first.apiKeysJson)).toStrictEqual([{ id: 'local', sha256 }]);
  expect(first.apiKeysJson).not.toContain(first.apiKey);
});

test('replaces a key file that holds something else', () => {
  mkdirSync(join(folder, '.drydock'));
  writeFileSync(join(folder, '.drydock', 'api-key'), 'short\n');
  expect(openRunDirectory(folder).apiKey).toMatch(/^dd-[A-Za-z0-9_-]{43}$/);
});

test('removes the logs of runs that have ended and keeps those of runs that live', () => {
  const ended = join(folder, '.drydock', 'runs', '999999999');
  const alive = join(folder, '.drydock', 'runs', String(process.ppid));
  for (const run of [ended, alive]) mkdirSync(run, { recursive: true });
  const { logDirectory } = openRunDirectory(folder);
  expect([existsSync(ended), existsSync(alive), existsSync(logDirectory)]).toStrictEqual([false, true, true]);
});

test('follows no link: neither what it removes nor what it writes leaves the folder', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'drydock-elsewhere-'));
  mkdirSync(join(elsewhere, '999999999'));
  writeFileSync(join(elsewhere, 'file'), 'theirs');
  mkdirSync(join(folder, '.drydock'));
  symlinkSync(join(elsewhere, 'file'), join(folder, '.drydock', 'api-key'));
  openRunDirectory(folder);
  expect(readFileSync(join(elsewhere, 'file'), 'utf8')).toBe('theirs');
  rmSync(join(folder, '.drydock', 'runs'), { recursive: true });
  symlinkSync(elsewhere, join(folder, '.drydock', 'runs'));
  expect(() => openRunDirectory(folder)).toThrow(
    /runs is a link and no folder; run in a folder that you may write/,
  );
  expect(existsSync(join(elsewhere, '999999999'))).toBe(true);
  rmSync(elsewhere, { recursive: true });
});

test('removes nothing that is not named as a run, and closes a key file that others could read', () => {
  const kept = join(folder, '.drydock', 'runs', 'notes');
  mkdirSync(kept, { recursive: true });
  const { apiKeyFile } = openRunDirectory(folder);
  chmodSync(apiKeyFile, 0o644);
  openRunDirectory(folder);
  expect(existsSync(kept)).toBe(true);
  expect(statSync(apiKeyFile).mode & 0o777).toBe(0o600);
});

test('says in one line that a folder cannot be used', () => {
  writeFileSync(join(folder, '.drydock'), 'a file');
  expect(() => openRunDirectory(folder)).toThrow(
    /^could not use .*\.drydock: [^\n]*; run in a folder that you may write$/,
  );
});
