/** An audit store that is a directory: a segment appears in it whole or not at all, and is never written over with another. */

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../../../rpc/errors.ts';
import type { GatewayErrorCode } from '../../errors.ts';
import type { AuditStore } from '../audit-store.ts';

export function createDirectoryStore(directory: string): AuditStore {
  return {
    async put(name, bytes) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, name);
      const there = await readFile(path).catch(() => undefined);
      if (there !== undefined) {
        if (there.equals(bytes)) return;
        throw new DrydockError<GatewayErrorCode>(
          'GATEWAY_AUDIT_STORE_DIFFERS',
          `could not ship ${name}: the store has another file of that name; verify both`,
        );
      }
      const partial = `${path}.partial`;
      {
        await using handle = await open(partial, 'w', 0o600);
        await handle.writeFile(bytes);
        await handle.sync();
      }
      await rename(partial, path);
    },
  };
}
