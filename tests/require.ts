/** For a test that needs something of the machine: python3, Docker, permission to make namespaces. */

import type { TestContext } from 'vitest';

/**
 * Skips the running test, saying what is missing; fails it where `CI` is set, for there nothing may be missing.
 * @param what what is missing and what would bring it, e.g. `python3 with pip: apt-get install python3-pip`
 */
export function missing(context: TestContext, what: string): never {
  if (process.env.CI !== undefined) {
    throw new Error(`could not run this test: missing ${what}`);
  }
  return context.skip(`missing ${what}`);
}
