/** The access of a gateway that asks for API keys alone, as one without further configuration does. */

import type { AppOptions } from '../../../../src/gateway/app.ts';
import { apiKeyCheck } from '../../../../src/gateway/authentication/api-key-check.ts';
import { parseApiKeys } from '../../../../src/gateway/authentication/api-keys.ts';
import type { Clock } from '../../../../src/gateway/clock.ts';

export function keyAccess(keyFile: string, clock: Clock): AppOptions['access'] {
  const keys = parseApiKeys(keyFile);
  return { policy: [['api-key']], checks: { 'api-key': apiKeyCheck(() => keys, { clock }) } };
}
