/** Counts the results of a run, so that nothing that went wrong is left out. Pure. */

/** As much of vitest's `TestCase` as is counted. */
export interface RanTest {
  readonly fullName: string;
  result(): {
    readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
    readonly note?: string | undefined;
  };
}

/** As much of vitest's `TestModule` as is counted. */
export interface RanModule {
  readonly id: string;
  readonly children: {
    allTests(): Iterable<RanTest>;
    allSuites(): Iterable<{ errors(): readonly unknown[] }>;
  };
  errors(): readonly unknown[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly title: string; readonly note: string | undefined }[];
}

/**
 * @param options.outsideErrors errors that belong to no test
 * @param options.exitCode of the run: not 0 without anything that failed means that no test could tell
 */
export function countResults(
  modules: readonly RanModule[],
  options: { readonly outsideErrors: number; readonly exitCode: number },
): Counts {
  const skipped: { title: string; note: string | undefined }[] = [];
  let passed = 0;
  let failed = options.outsideErrors;
  for (const module of modules) {
    failed += module.errors().length > 0 ? 1 : 0;
    for (const suite of module.children.allSuites()) {
      failed += suite.errors().length > 0 ? 1 : 0;
    }
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'failed') failed += 1;
      else if (state === 'skipped') skipped.push({ title: test.fullName, note });
      // A test that never ran, because the run was interrupted or its file broke, is told by that failure.
    }
  }
  return { passed, failed: failed === 0 && options.exitCode !== 0 ? 1 : failed, skipped };
}
