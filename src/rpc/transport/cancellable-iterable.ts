/**
 * An async iterable whose consumer may leave at any time. A generator alone would hold a `return()` back until the value
 * that is being waited for has come; here leaving aborts the signal first, so that the wait ends.
 */
export function cancellableIterable<Value>(
  start: (left: AbortSignal) => AsyncGenerator<Value, void, void>,
): AsyncIterable<Value> {
  return {
    [Symbol.asyncIterator]() {
      const controller = new AbortController();
      const values = start(controller.signal);
      let isWaiting = false;
      return {
        async next() {
          isWaiting = true;
          try {
            return await values.next();
          } finally {
            isWaiting = false;
          }
        },
        async return() {
          if (isWaiting) controller.abort();
          return await values.return();
        },
      };
    },
  };
}
