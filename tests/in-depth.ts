import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isDeep: boolean;
  }
}

/** How many of so many runs of a property: all in `npm run deep`, which takes every file that asks this, one in eight in `npm test`. */
export function inDepth(runs: number): number {
  return inject('isDeep') ? runs : Math.ceil(runs / 8);
}
