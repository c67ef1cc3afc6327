/** A directory of configuration files that is gone when its scope ends. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface WrittenDirectory extends Disposable {
  readonly path: string;
  file(name: string): string;
}

/** A value that is no text is written as JSON. */
export function writtenDirectory(files: Readonly<Record<string, unknown>>): WrittenDirectory {
  const path = mkdtempSync(join(tmpdir(), 'drydock-terraform-'));
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
