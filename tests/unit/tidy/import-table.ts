/**
 * Reads the two tables of ARCHITECTURE.md that say who may load what. A cell holds names in back-quotes, or one of the
 * words below; anything else is refused, so that a reader and this test see the same.
 */

/** `anything`, or folders and files; `the folder it mirrors` is resolved for each importing file. */
export type Permission = 'anything' | { readonly mirrors: boolean; readonly paths: readonly string[] };

export interface FolderRow {
  readonly folder: string;
  readonly mayImport: Permission;
  /** Files that it reads, or starts as programs, without importing them. */
  readonly mayLoad: Permission;
}

export interface PackageRow {
  readonly name: string;
  /** Empty: run as a program, or read by a tool, and never imported. */
  readonly importedUnder: readonly string[];
}

export function parseFolders(markdown: string): FolderRow[] {
  return rowsBelow(markdown, '| folder | holds | may import | may read or start |').flatMap((cells) => {
    const [folders = '', , imports = '', loads = ''] = cells;
    return names(folders).map((folder) => ({
      folder,
      mayImport: permission(imports),
      mayLoad: permission(loads),
    }));
  });
}

export function parsePackages(markdown: string): PackageRow[] {
  return rowsBelow(markdown, '| package | imported under | why |').flatMap((cells) => {
    const [packages = '', folders = ''] = cells;
    return names(packages).map((name) => ({ name, importedUnder: folders === '–' ? [] : names(folders) }));
  });
}

function rowsBelow(markdown: string, header: string): string[][] {
  const lines = markdown.split('\n');
  const start = lines.indexOf(header);
  if (start < 0) {
    throw new Error(`could not read the tables: no line is "${header}"`);
  }
  const below = lines.slice(start + 2);
  const end = below.findIndex((line) => !line.startsWith('|'));
  return below.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function permission(cell: string): Permission {
  if (cell === 'anything') {
    return 'anything';
  }
  if (cell === 'nothing') {
    return { mirrors: false, paths: [] };
  }
  const mirrored = 'the folder it mirrors and what that may import';
  const rest = cell.replace(mirrored, '').replace(/^, /, '');
  return { mirrors: rest !== cell, paths: rest === '' ? [] : names(rest) };
}

function names(cell: string): string[] {
  return cell.split(', ').map((word) => {
    const name = /^`([^`]+)`$/.exec(word)?.[1];
    if (name === undefined) {
      throw new Error(`could not read the cell "${cell}": "${word}" is no name in back-quotes`);
    }
    return name;
  });
}
