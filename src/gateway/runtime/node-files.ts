/** What stands in the node's run directory before the program starts (docs/launch-contract.md). */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';

/** @returns the node's name, unique in the deployment. @throws DrydockError GATEWAY_CONFIG_INVALID */
export async function readNodeId(runDirectory: string): Promise<string> {
  const path = join(runDirectory, 'node-id');
  const nodeId = (await readText(path)).trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(nodeId)) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_CONFIG_INVALID',
      'could not read node-id: it holds no name of letters, digits, dots and dashes; write the name of the node',
    );
  }
  return nodeId;
}

/** For a run by hand the file may be missing: then no worker is nearer than another. */
export async function readAvailabilityZone(runDirectory: string): Promise<string | undefined> {
  const text = await readFile(join(runDirectory, 'availability-zone'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => Promise.reject(unreadable(path, cause)));
}

function unreadable(path: string, cause: unknown) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CONFIG_INVALID',
    `could not read ${path}: the file is missing or not readable; see docs/launch-contract.md`,
    { cause },
  );
}
