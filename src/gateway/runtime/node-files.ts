/** What stands in the node's run directory before the program starts (docs/launch-contract.md). */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type LimitPolicies, noLimits, parseLimitPolicies } from '../limits/policy.ts';
import { type WatchedFile, type WatchFileOptions, watchFile } from './watched-file.ts';

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

/** Without the file nobody is limited. @throws DrydockError GATEWAY_LIMITS_INVALID or GATEWAY_CONFIG_INVALID */
export async function readLimitPolicies(runDirectory: string): Promise<LimitPolicies> {
  const path = join(runDirectory, 'limits.json');
  return existsSync(path) ? parseLimitPolicies(await readText(path)) : noLimits;
}

/** A file that may change. @throws DrydockError GATEWAY_CONFIG_INVALID, or what `parse` throws. */
export async function watchNodeFile<T>(
  runDirectory: string,
  options: Omit<WatchFileOptions<T>, 'intervalMs'>,
): Promise<WatchedFile<T>> {
  const path = join(runDirectory, ...options.name.split('/'));
  try {
    return await watchFile(path, { ...options, intervalMs: 1000 });
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? unreadable(path, cause) : cause;
  }
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
