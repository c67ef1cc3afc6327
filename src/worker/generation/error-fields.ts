/** What may be logged of an error. An unexpected one's message may quote what it failed on, so only its name and place are given. */

import { isDrydockError } from '../../rpc/errors.ts';

export function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (isDrydockError(error)) return { code: error.code, reason: error.message };
  if (!(error instanceof Error)) return { code: 'UNEXPECTED' };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { code: 'UNEXPECTED', reason: error.name, stack: frames.map((line) => line.trim()) };
}
