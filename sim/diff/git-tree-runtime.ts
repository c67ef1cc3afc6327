/**
 * A git revision's files in a folder of their own, as a checkout would have them, which goes when it is disposed or the
 * program ends. Nothing of the repository is touched.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';

export interface GitTree extends Disposable {
  readonly folder: string;
}

const TEXT_MAX = 4_096;
/** Of one git command. */
const GIT_BUDGET_MS = 60_000;
const PREFIX = 'drydock-diff-';
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
  sweepEnded();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Whatever ends the program, short of a kill; the next run sweeps what that leaves.
  process.once('exit', remove);
  for (const signal of STOP_SIGNALS) process.once(signal, leave);
  const tree = {
    folder: join(folder, 'tree'),
    [Symbol.dispose]: () => {
      process.off('exit', remove);
      for (const signal of STOP_SIGNALS) process.off(signal, leave);
      remove();
    },
  };
  // An index of its own: the repository's is not touched, and attributes that leave files out of archives do not count.
  const git = ['env', `GIT_INDEX_FILE=${join(folder, 'index')}`, 'git', '-C', root] as const;
  const steps = [
    [...git, 'read-tree', revision],
    [...git, 'checkout-index', '--all', `--prefix=${tree.folder}/`],
  ];
  for (const [command = '', ...args] of steps) {
    const { code, stderr } = await run(command, args);
    if (code === 0) continue;
    tree[Symbol.dispose]();
    throw notUnpacked(revision, stderr);
  }
  mkdirSync(tree.folder, { recursive: true });
  return tree;
}

function leave(): void {
  process.exit(130);
}

/** Folders of this user's runs that were killed. */
function sweepEnded(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function notUnpacked(revision: string, reason: string): DrydockError {
  const line = reason.trim().split('\n', 1)[0] ?? '';
  return new DrydockError(
    'SIM_INPUT_INVALID',
    `could not read revision ${revision}: ${line || 'git failed'}; give a revision of this repository`,
  );
}

async function run(command: string, args: readonly string[]) {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: GIT_BUDGET_MS });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (texts[name].length < TEXT_MAX) texts[name] += text;
    });
  }
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', () => resolve(null));
  return { code: await promise, ...texts };
}
