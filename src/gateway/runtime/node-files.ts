/** What stands in the node's run directory before the program starts (docs/launch-contract.md). */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../../rpc/errors.ts';
import { type ApiKeys, parseApiKeys } from '../api-keys.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type LimitPolicies, noLimits, parseLimitPolicies } from '../limits/policy.ts';

export interface NodeFiles {
  /** The node's name, unique in the deployment. */
  readonly nodeId: string;
  readonly apiKeys: ApiKeys;
}

/** @throws DrydockError GATEWAY_CONFIG_INVALID or GATEWAY_KEYS_INVALID */
export async function readNodeFiles(runDirectory: string): Promise<NodeFiles> {
  const nodeId = (await readText(join(runDirectory, 'node-id'))).trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(nodeId)) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_CONFIG_INVALID',
      'could not read node-id: it holds no name of letters, digits, dots and dashes; write the name of the node',
    );
  }
  return { nodeId, apiKeys: parseApiKeys(await readText(join(runDirectory, 'secrets', 'api-keys.json'))) };
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

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_CONFIG_INVALID',
      `could not read ${path}: the file is missing or not readable; see docs/launch-contract.md`,
      { cause },
    );
  }
}
