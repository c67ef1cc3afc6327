/** Every file of the clone that is ours: nothing installed, built or written by a run, and no binary. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './source-file.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

const notOurs = new Set(['node_modules', '.git', '.tsbuild', '.drydock', '.vitest', 'coverage']);

export function readTree(folder = ''): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return notOurs.has(entry.name) ? [] : readTree(path);
    }
    const bytes = entry.isFile() ? readFileSync(join(root, path)) : Buffer.alloc(0);
    const isBinary = bytes.subarray(0, 8192).includes(0);
    return entry.isFile() && !isBinary ? [{ path, text: bytes.toString('utf8') }] : [];
  });
}
