/** Waiting that ends early: by an abort, or by a time. Neither stops the work itself; the caller does that. */

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export interface AbortableReader<T> extends Disposable {
  next(): Promise<IteratorResult<T, unknown>>;
}

/** Reads one after the other, each as with `abortable`, with one listener for all of them. */
export function abortableReader<T>(
  source: AsyncIterator<T, unknown>,
  signal: AbortSignal,
): AbortableReader<T> {
  let interrupt: (reason: unknown) => void = () => {};
  const onAbort = () => interrupt(signal.reason);
  signal.addEventListener('abort', onAbort);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        interrupt = reject;
        if (signal.aborted) onAbort();
        source.next().then(resolve, reject);
      }),
    [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort),
  };
}

/** @returns whether `promise` settled within `timeMs`. Its rejection counts as settled, and is left to whoever awaits it. */
export async function settlesWithin(promise: Promise<unknown>, timeMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeMs);
  });
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
