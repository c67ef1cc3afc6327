/** A copy of the tree in a temporary folder, gone when its scope ends. Packages are the tree's own; nothing else of it is touched. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { type Mutant, planted } from './mutant.ts';

/** At the top of the tree: what is installed, made or remembered. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.drydock', '.git', '.tsbuild', 'node_modules']);

export interface TreeCopy extends Disposable {
  readonly path: string;
  /** The defect stands in the copy until the scope ends. */
  plant(mutant: Mutant): Disposable;
}

export function copyTree(root: string): TreeCopy {
  const path = mkdtempSync(join(tmpdir(), 'drydock-mutants-'));
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  try {
    cpSync(root, path, {
      recursive: true,
      filter: (source) => resolve(dirname(source)) !== resolve(root) || !LEFT_OUT.has(basename(source)),
    });
    symlinkSync(realpathSync(join(root, 'node_modules')), join(path, 'node_modules'));
  } catch (error) {
    remove();
    throw error;
  }
  return {
    path,
    plant(mutant) {
      const file = join(path, mutant.file);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, planted(mutant, text));
      return { [Symbol.dispose]: () => writeFileSync(file, text) };
    },
    [Symbol.dispose]: remove,
  };
}
