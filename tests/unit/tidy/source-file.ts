/** What every rule reads and reports. */

export interface SourceFile {
  /** From the root of the clone, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly rule: string;
  readonly what: string;
}

export const isCode = (path: string) => /\.(ts|mts|cts|js|mjs|cjs)$/.test(path);

export const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length;

/** True for the folder or file itself, and for what lies below it. */
export const isUnder = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
