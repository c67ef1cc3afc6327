/**
 * Finds what a source file loads: imports, re-exports, dynamic imports, `require`, `new URL(…, import.meta.url)`, and
 * quoted paths of our own programs. It reads text, not syntax: the formatter keeps static imports at the start of a line.
 */

import { posix } from 'node:path';
import { lineAt, type SourceFile } from './source-file.ts';

export interface Load {
  readonly line: number;
  /** `import` runs it in the same program; `file` reads it, or starts it as another one. */
  readonly kind: 'import' | 'file';
  /** A path from the root of the clone, or the specifier of a package. */
  readonly target: string;
  readonly isPackage: boolean;
}

/** Where a path cannot be told from the text, the part of it that can. */
export interface Untold {
  readonly line: number;
  readonly what: string;
}

const staticImport = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const dynamicImport = /\bimport\(\s*(?:(['"`])([^'"`]*)\1|(?!new URL\()([^'"`\s)][^)\n]*))/g;
const required = /\b(?:require|require\.resolve|import\.meta\.resolve)\(\s*['"`]([^'"`]+)['"`]/g;
const url = /\bnew URL\(\s*(['"`])([^'"`]*)\1\s*,\s*import\.meta\.url/g;
const programPath = /['"]((?:src|sim|infra|bin)\/[\w./-]+\.(?:ts|mjs|js))['"]/g;

export function findLoads({ path, text }: SourceFile): { loads: Load[]; untold: Untold[] } {
  const loads: Load[] = [];
  const untold: Untold[] = [];
  const add = (kind: Load['kind'], specifier: string, offset: number) => {
    const line = lineAt(text, offset);
    const isOurs = /^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier);
    const resolved = posix.join(posix.dirname(path), specifier);
    loads.push({ kind, line, target: isOurs ? resolved.replace(/\/$/, '') : specifier, isPackage: !isOurs });
  };
  for (const { 1: specifier = '', index } of text.matchAll(staticImport)) {
    add('import', specifier, index);
  }
  for (const { 1: specifier = '', index } of text.matchAll(required)) {
    add('import', specifier, index);
  }
  for (const { 0: whole, 2: specifier, index } of text.matchAll(dynamicImport)) {
    if (specifier === undefined || specifier.includes('${')) {
      untold.push({ line: lineAt(text, index), what: whole });
    } else {
      add('import', specifier, index);
    }
  }
  for (const { 2: specifier = '', index } of text.matchAll(url)) {
    // A path put together reaches whatever lies below the part that is written out.
    const fixed = specifier.replace(/\$\{.*$/s, '');
    add('file', fixed.startsWith('.') ? fixed : `./${fixed}`, index);
  }
  for (const { 1: target = '', index } of text.matchAll(programPath)) {
    loads.push({ kind: 'file', line: lineAt(text, index), target, isPackage: false });
  }
  return { loads, untold };
}
