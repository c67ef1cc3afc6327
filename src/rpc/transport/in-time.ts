/**
 * Waits for an answer, a while. Where the process itself was held up, what had arrived meanwhile is handled first: its own
 * pause makes nobody late.
 */

export type InTime<Value> = { readonly value: Value } | { readonly error: unknown } | 'late';

export function inTime<Value>(answer: Promise<Value>, timeoutMs: number): Promise<InTime<Value>> {
  return new Promise((resolve) => {
    // Timers run before sockets are read, the second immediate after.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve('late'))), timeoutMs);
    const settle = (outcome: InTime<Value>) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    answer.then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error }),
    );
  });
}

/** What the SDK or the engine says of a call that failed: `undefined` where the connection was given up. */
export function callErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
