/** How the program is told to end: by SIGTERM, SIGINT or an administrator. A second signal says that nothing is to be waited for. */

export interface StopRequests {
  /** Resolves at the first. */
  readonly asked: Promise<void>;
  /** Resolves at the second signal. */
  readonly hurried: Promise<void>;
  /** As the first signal does, without being one. After it, nothing. */
  ask(): void;
}

export function listenForStops(): StopRequests {
  const asked = Promise.withResolvers<void>();
  const hurried = Promise.withResolvers<void>();
  let hasSignal = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Not whether it was asked: whoever drains first and then stops the program means what is in work to end well.
      if (hasSignal) hurried.resolve();
      hasSignal = true;
      asked.resolve();
    });
  }
  return { asked: asked.promise, hurried: hurried.promise, ask: () => asked.resolve() };
}
