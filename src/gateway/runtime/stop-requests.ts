/** How the program is told to end: by SIGTERM, SIGINT or an administrator. A second signal says that nothing is to be waited for. */

export interface StopRequests {
  /** Resolves at the first. */
  readonly asked: Promise<void>;
  /** Resolves at the second signal. */
  readonly hurried: Promise<void>;
  /** As the first signal does. After it, nothing. */
  ask(): void;
}

export function listenForStops(): StopRequests {
  const asked = Promise.withResolvers<void>();
  const hurried = Promise.withResolvers<void>();
  let isAsked = false;
  function ask(): void {
    isAsked = true;
    asked.resolve();
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isAsked) hurried.resolve();
      ask();
    });
  }
  return { asked: asked.promise, hurried: hurried.promise, ask };
}
