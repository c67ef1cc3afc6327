/** A directory that lives as long as the running test. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function scratchDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
