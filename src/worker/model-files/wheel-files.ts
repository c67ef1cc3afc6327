/** What pip is asked for, and how the files that it brings are named. Pure. */

import type { PipSource, WheelEntry } from './manifest.ts';

/** Lines for `pip download --require-hashes -r`. */
export function pipRequirements({ packages }: PipSource): string {
  return packages
    .map(({ name, version, wheelSha256 }) => `${name}==${version} --hash=sha256:${wheelSha256}\n`)
    .join('');
}

/** A wheel's file is `<name>-<version>-<tags>.whl`, with runs of `-`, `_` and `.` in the name as one `_` (PEP 427, PEP 503). */
export function findWheel(files: readonly string[], { name, version }: WheelEntry): string | undefined {
  return files.find((file) => {
    const [fileName = '', fileVersion] = file.split('-');
    return file.endsWith('.whl') && normalized(fileName) === normalized(name) && fileVersion === version;
  });
}

/** pip writes a wheel to a folder of its own, then copies it: each is counted once, by its larger file. */
export function receivedBytes(files: readonly { readonly name: string; readonly bytes: number }[]): number {
  const wheels = new Map<string, number>();
  for (const { name, bytes } of files) {
    if (name.endsWith('.whl')) wheels.set(name, Math.max(bytes, wheels.get(name) ?? 0));
  }
  return [...wheels.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** The line of pip's output that says why it failed. */
export function pipReason(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // The first error names the cause; later ones only follow from it.
  const error = lines.find((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? 'it said nothing';
  return error.replace(/^ERROR:\s*/, '');
}

const normalized = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '_');
