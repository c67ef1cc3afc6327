/** Describes an error nobody foresaw for the log, without its message: that may quote a key or a prompt. */

export interface UnexpectedError {
  readonly errorName: string;
  /** Where it was thrown, outermost last; at most ten frames. */
  readonly frames: readonly string[];
}

export function describeUnexpected(error: unknown): UnexpectedError {
  if (!(error instanceof Error)) return { errorName: typeof error, frames: [] };
  const stack = error.stack ?? '';
  // The stack begins with the message, whose lines could look like frames.
  const messageStart = stack.indexOf(error.message);
  const afterMessage = messageStart === -1 ? stack : stack.slice(messageStart + error.message.length);
  const frames = afterMessage
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 10);
  return { errorName: error.name, frames };
}
