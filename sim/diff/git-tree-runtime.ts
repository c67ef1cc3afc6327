/**
 * A git revision's files in a folder of their own, which goes when it is disposed. Nothing of the repository is touched:
 * `git archive` writes the tree, `tar` unpacks it.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';

export interface GitTree extends Disposable {
  readonly folder: string;
}

const STDERR_MAX = 4_096;

/** The top folder of the repository that holds the working directory; undefined outside of one. */
export async function repositoryRoot(): Promise<string | undefined> {
  const { code, stdout } = await run('git', ['rev-parse', '--show-toplevel']);
  return code === 0 ? stdout.trim() : undefined;
}

/** Whether the working directory's repository knows it as a revision. A name that begins with a dash is none. */
export async function isRevision(name: string): Promise<boolean> {
  if (name.startsWith('-')) return false;
  const { code } = await run('git', ['rev-parse', '--verify', '--quiet', `${name}^{tree}`]);
  return code === 0;
}

/** @throws DrydockError SIM_INPUT_INVALID */
export async function unpackRevision(root: string, revision: string): Promise<GitTree> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-diff-'));
  const tree = { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  try {
    const git = spawn('git', ['-C', root, 'archive', '--format=tar', revision], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const tar = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] });
    // A tar that ends early is told by its exit code.
    tar.stdin.on('error', () => git.stdout.destroy());
    git.stdout.pipe(tar.stdin);
    const codes = await Promise.all([ended(git), ended(tar)]);
    if (codes.some(({ code }) => code !== 0))
      throw notUnpacked(revision, codes.map(({ stderr }) => stderr).join(' '));
    return tree;
  } catch (error) {
    tree[Symbol.dispose]();
    if (error instanceof DrydockError) throw error;
    throw notUnpacked(revision, error instanceof Error ? error.message : String(error));
  }
}

function notUnpacked(revision: string, reason: string): DrydockError {
  const line = reason.trim().split('\n', 1)[0] ?? '';
  return new DrydockError(
    'SIM_INPUT_INVALID',
    `could not read revision ${revision}: ${line || 'git or tar failed'}; give a revision of this repository`,
  );
}

async function run(command: string, args: readonly string[]) {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < STDERR_MAX) stdout += text;
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', () => resolve(null));
  return { code: await promise, stdout };
}

async function ended(child: ReturnType<typeof spawn>) {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < STDERR_MAX) stderr += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', reject);
  return { code: await promise, stderr };
}
