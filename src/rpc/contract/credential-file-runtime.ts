/** A node's token from its file, which whoever issues it replaces while the program runs. Read anew at each connect, and kept nowhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeCredential } from '../inference.ts';
import { credentialFiles } from './credential.ts';

export function credentialFile(runDirectory: string): NodeCredential {
  const path = join(runDirectory, credentialFiles.token);
  return {
    token() {
      try {
        const text = readFileSync(path, 'utf8').trim();
        // Anything else would be no header, and end the program.
        return /^[A-Za-z0-9_.-]+$/.test(text) ? text : undefined;
      } catch {
        // The engine refuses the connection, and tells of it.
        return undefined;
      }
    },
  };
}
