import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findTools } from '../../../../sim/fabric/index.ts';

test('prefers the PATH, and finds in the sbin folders what an ordinary PATH lacks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-tools-'));
  writeFileSync(join(folder, 'ip'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(folder, 'nft'), 'not executable', { mode: 0o644 });
  const tools = findTools(folder);
  expect(tools.ip).toBe(join(folder, 'ip'));
  expect(tools.nft).toMatch(/^\/usr\/(local\/)?sbin\/nft$|^\/sbin\/nft$/);
  rmSync(folder, { recursive: true });
});

test('names every missing tool and the one command that installs them', () => {
  expect(() => findTools('', [])).toThrow(
    /^could not find ip, nft, unshare, nsenter, setpriv, mount, sh, env on this machine; run: sudo apt-get install -y iproute2 nftables util-linux mount dash coreutils$/,
  );
});

test('does not take a tool from a relative folder of the PATH', () => {
  expect(() => findTools('bin:.', [])).toThrow(/could not find ip/);
});
