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
  /** `python3`: a script that runs the real thing as its child, as version managers have it. */
  readonly as?: 'pip3' | 'python3';
}

export function fakePip(options: FakePipOptions): FakePip {
  const { wheels = {}, script = 'cp "$wheels"/* "$target"', as = 'pip3' } = options;
  const folder = scratchDir();
  mkdirSync(join(folder, 'wheels'));
  mkdirSync(join(folder, 'path'));
  for (const [name, bytes] of Object.entries(wheels)) writeFileSync(join(folder, 'wheels', name), bytes);
  const real = join(folder, 'real');
  writeProgram(real, pipScript(folder, script));
  writeProgram(join(folder, 'path', as), as === 'pip3' ? `exec '${real}' "$@"` : `'${real}' "$@"\nexit $?`);
  const read = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    environment: { PATH: join(folder, 'path') },
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

export function commandOf(pid: number): string | undefined {
  const path = `/proc/${pid}/comm`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function writeProgram(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** It answers as `pip`, and as a Python whose only module is pip. */
const pipScript = (folder: string, script: string) => `
PATH=/usr/bin:/bin
folder='${folder}'
wheels="$folder/wheels"
case "$1" in
  --version) exit 0 ;;
  -c) echo "$folder/real"; exit 0 ;;
  -m) shift 2 ;;
esac
echo "$@ TMPDIR=$TMPDIR in $(pwd)" >> "$folder/calls"
echo $$ > "$folder/pid"
while [ $# -gt 0 ]; do
  case "$1" in
    -d) target=$2 ;;
    -r) cp "$2" "$folder/requirements" ;;
  esac
  shift
done
${script}`;
