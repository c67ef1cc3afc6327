/** What came of a run of tests, as it goes from the process that ran them to the one that judges. */

export interface RanTest {
  /** From the root of the tree. */
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly error?: TestError;
}

export interface TestError {
  /** `AssertionError` where an expectation did not hold. */
  readonly name: string;
  readonly message: string;
  /** As vitest prints the two sides. */
  readonly actual?: string;
  readonly expected?: string;
}

export interface RanTests {
  readonly tests: readonly RanTest[];
  /** What no test stands for: a file that does not load, an error outside of all tests. */
  readonly broken: readonly string[];
}

export interface TestRequest {
  /** From the root of the tree, which is the working directory. */
  readonly files: readonly string[];
  /** Full names; absent: all. */
  readonly names?: readonly string[];
  /** Ends at the first that fails. */
  readonly isShort: boolean;
}
