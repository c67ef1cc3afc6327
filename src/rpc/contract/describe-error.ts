import { isDrydockError } from '../errors.ts';

/**
 * What a program may log of an error. A foreign one's message may quote what it failed on, a prompt or a key, so only its
 * name, its code and its place are given.
 */

const framesMax = 10;

export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (isDrydockError(error)) return { code: error.code, reason: error.message };
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', reason: typeof error };
  const foreignCode = 'code' in error && isWord(error.code) ? { foreignCode: error.code } : {};
  const reason = isWord(error.name) ? error.name : 'Error';
  return { code: 'UNEXPECTED', reason, ...foreignCode, stack: framesOf(error) };
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,64}$/.test(value);
}

/** None where the stack does not begin with the message, for lines of a message may look like frames. */
function framesOf({ stack, message }: Error): readonly string[] {
  const lines = (stack ?? '').split('\n');
  const headLines = message.split('\n').length;
  if (!lines.slice(0, headLines).join('\n').endsWith(message)) return [];
  return lines
    .slice(headLines)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, framesMax);
}
