/** A stand-in for pip, which is somebody else's program: it writes down how it was called and does what the test says. */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDir } from '../scratch-dir.ts';

export interface FakePip {
  readonly environment: { readonly PATH: string };
  /** Every way in which it was called, a line each, without `--version`. */
  calls(): string[];
  /** What was in the file of requirements. */
  requirements(): string;
  /** Once it runs. */
  pid(): number | undefined;
}

export interface FakePipOptions {
  /** By the names of their files. */
  readonly wheels?: Readonly<Record<string, Uint8Array>>;
  /** Shell commands that run instead of bringing the wheels. `$target` is where they belong. */
  readonly script?: string;
}

export function fakePip({ wheels = {}, script = 'cp "$wheels"/* "$target"' }: FakePipOptions): FakePip {
  const folder = scratchDir();
  mkdirSync(join(folder, 'wheels'));
  for (const [name, bytes] of Object.entries(wheels)) writeFileSync(join(folder, 'wheels', name), bytes);
  const program = join(folder, 'pip3');
  writeFileSync(
    program,
    `#!/bin/sh
PATH=/usr/bin:/bin
folder='${folder}'
wheels="$folder/wheels"
if [ "$1" = --version ]; then exit 0; fi
echo "$@ TMPDIR=$TMPDIR in $(pwd)" >> "$folder/calls"
echo $$ > "$folder/pid"
while [ $# -gt 0 ]; do
  case "$1" in
    -d) target=$2 ;;
    -r) cp "$2" "$folder/requirements" ;;
  esac
  shift
done
${script}
`,
  );
  chmodSync(program, 0o755);
  const read = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    environment: { PATH: folder },
    calls: () => read('calls').split('\n').slice(0, -1),
    requirements: () => read('requirements'),
    pid: () => (read('pid').endsWith('\n') ? Number(read('pid')) : undefined),
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie, which its new parent has not buried yet, is dead.
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
