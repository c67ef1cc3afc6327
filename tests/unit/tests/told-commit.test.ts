/** A failure of random networks names the commit by which it can be replayed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commitOf } from '../../support/random-vpcs.ts';

const folder = mkdtempSync(join(tmpdir(), 'told-commit-'));
afterAll(() => rmSync(folder, { recursive: true }));

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
  const { status, stdout, stderr } = spawnSync('git', ['-C', folder, ...identity, ...args], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

test('names no commit outside a repository, the commit in one, and whether something is changed', () => {
  expect(commitOf(folder)).toBe('no commit');
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  const commit = git('rev-parse', 'HEAD');
  expect(commitOf(folder)).toBe(`commit ${commit}`);
  writeFileSync(join(folder, 'new'), '');
  expect(commitOf(folder)).toBe(`commit ${commit}, with changes`);
});
