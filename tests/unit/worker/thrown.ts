/** The error that a call throws, for several looks at it. */

import { DrydockError } from '../../../src/rpc/errors.ts';

export function thrown(call: () => unknown): DrydockError {
  try {
    call();
  } catch (error) {
    if (error instanceof DrydockError) return error;
    throw error;
  }
  throw new Error('it threw nothing');
}
