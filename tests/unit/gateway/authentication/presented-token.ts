/** A request as a check of bearer tokens sees it. */

import type { Presented } from '../../../../src/gateway/authentication/credential-check.ts';
import { unknownConnection } from '../../../../src/gateway/connection.ts';

const request = new Request('http://gateway.test/v1/models');

export function presentedToken(token: string): Presented {
  return { bearer: { kind: 'token', token }, request, connection: unknownConnection };
}
