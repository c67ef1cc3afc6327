/** Judges every load of every file against the tables of ARCHITECTURE.md. Pure. */

import { posix } from 'node:path';
import type { FolderRow, PackageRow, Permission } from './import-table.ts';
import { findLoads, type Load } from './loads.ts';
import { type Finding, isCode, isUnder, type SourceFile } from './source-file.ts';

export interface Tables {
  readonly folders: readonly FolderRow[];
  readonly packages: readonly PackageRow[];
}

export function checkImports(files: readonly SourceFile[], tables: Tables): Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => isCode(path) && !isUnder(path, 'tests/fixtures'))
    .flatMap((file) => {
      const row = rowOf(file.path, tables.folders);
      if (row === undefined) {
        return [{ path: file.path, line: 0, rule: 'import table', what: 'lies in no folder of the table' }];
      }
      const { loads, untold } = findLoads(file);
      return [
        ...untold.map(({ line, what }) => ({
          path: file.path,
          line,
          rule: 'import table',
          what: `cannot be told: ${what}`,
        })),
        ...loads.flatMap((load) => {
          const what = load.isPackage
            ? judgePackage(file.path, load, tables.packages)
            : (judgePath(file.path, load, { row, folders: tables.folders }) ??
              judgeDoor(file.path, load, { row, paths }));
          return what === undefined ? [] : [{ path: file.path, line: load.line, rule: 'import table', what }];
        }),
      ];
    });
}

function rowOf(path: string, folders: readonly FolderRow[]): FolderRow | undefined {
  return folders
    .filter(({ folder }) => isUnder(path, folder))
    .sort((one, other) => other.folder.length - one.folder.length)[0];
}

function judgePackage(path: string, { target }: Load, packages: readonly PackageRow[]): string | undefined {
  if (target.startsWith('node:')) {
    return undefined;
  }
  const row = packages.find(({ name }) => target === name || target.startsWith(`${name}/`));
  if (row === undefined) {
    return `imports ${target}, which the table of packages does not name`;
  }
  const isAllowed = row.importedUnder.some((folder) => isUnder(path, folder));
  return isAllowed
    ? undefined
    : `imports ${target}, which is for ${row.importedUnder.join(', ') || 'nobody'}`;
}

function judgePath(
  path: string,
  { kind, target }: Load,
  { row, folders }: { row: FolderRow; folders: readonly FolderRow[] },
): string | undefined {
  if (target === '..' || target.startsWith('../')) {
    return `reaches out of the clone: ${target}`;
  }
  // The folder of the clone itself is a place, not a thing that is loaded.
  const isPlace = kind === 'file' && ['.', ''].includes(target);
  const isOwn = rowOf(target, folders)?.folder === row.folder;
  const isImport = allows(row.mayImport, path, { target, folders });
  const isFile = kind === 'file' && allows(row.mayLoad, path, { target, folders });
  if (isPlace || isOwn || isImport || isFile) {
    return undefined;
  }
  return `${kind === 'file' ? 'reads or starts' : 'imports'} ${target}, which ${row.folder} may not`;
}

function allows(
  permission: Permission,
  path: string,
  { target, folders }: { target: string; folders: readonly FolderRow[] },
): boolean {
  if (permission === 'anything') {
    return true;
  }
  const mirrored = permission.mirrors ? mirroredRow(path, folders) : undefined;
  const isMirrored = mirrored !== undefined && isUnder(target, mirrored.folder);
  return (
    isMirrored ||
    permission.paths.some((allowed) => isUnder(target, allowed)) ||
    (mirrored !== undefined && allows(mirrored.mayImport, path, { target, folders: [] }))
  );
}

/** `tests/unit/worker/…` mirrors `src/worker`, `tests/unit/sim/…` mirrors `sim`. */
function mirroredRow(path: string, folders: readonly FolderRow[]): FolderRow | undefined {
  const [first = ''] = path.replace(/^tests\/unit\//, '').split('/');
  return folders.find(({ folder }) => folder === first || folder === `src/${first}`);
}

/** A folder with an `index.ts` is entered there, unless the table names a place inside, or a unit test looks within. */
function judgeDoor(
  path: string,
  { kind, target }: Load,
  { row, paths }: { row: FolderRow; paths: ReadonlySet<string> },
): string | undefined {
  if (kind === 'file' || isUnder(path, 'tests/unit')) {
    return undefined;
  }
  const door = ancestorsOf(target)
    .filter((folder) => !isUnder(path, folder))
    .map((folder) => `${folder}/index.ts`)
    .find((index) => index !== target && paths.has(index));
  if (door === undefined) {
    return undefined;
  }
  const inside = row.mayImport === 'anything' ? [] : row.mayImport.paths;
  const isNamed = inside.some(
    (allowed) =>
      isUnder(target, allowed) && isUnder(allowed, posix.dirname(door)) && allowed !== posix.dirname(door),
  );
  return isNamed ? undefined : `imports ${target} past its door, ${door}`;
}

function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
