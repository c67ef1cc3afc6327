/** Runs one thing after the other, in the order in which they were asked for. One that fails holds up none. */
export type InOrder = <T>(action: () => Promise<T>) => Promise<T>;

export function openOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  };
}
