/**
 * A program of its own, so that no run knows anything of another: takes one request over its channel, runs those tests of
 * the working directory, and answers with what came of them. Ends with its parent.
 */
import { join, relative } from 'node:path';
import { createVitest, type Reporter, type TestCase, type TestModule } from 'vitest/node';
import type { RanTest, RanTests, TestError, TestRequest } from './ran-tests.ts';

process.once('disconnect', () => process.exit(1));
process.once('message', (request: TestRequest) => {
  run(request).then(
    (ran) => process.send?.(ran, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function run({ files, names, isShort }: TestRequest): Promise<RanTests> {
  let ran: RanTests = { tests: [], broken: ['no test ran'] };
  const reporter: Reporter = {
    onTestRunEnd(modules, unhandled) {
      ran = collected(modules, unhandled);
    },
  };
  const vitest = await createVitest({
    config: false,
    root: process.cwd(),
    include: [...files],
    watch: false,
    cache: false,
    // By content, and gone with the tree.
    fsModuleCachePath: join(process.cwd(), '.vitest-cache'),
    maxWorkers: 1,
    fileParallelism: false,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    mockReset: true,
    restoreMocks: true,
    unstubEnvs: true,
    reporters: [reporter],
    ...(isShort && { bail: 1 }),
    ...(names && { testNamePattern: new RegExp(`^(?:${names.map(escaped).join('|')})$`) }),
  });
  try {
    await vitest.start();
  } finally {
    await vitest.close();
  }
  return ran;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function collected(modules: readonly TestModule[], unhandled: readonly { message: string }[]): RanTests {
  const broken = modules.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ]);
  return {
    tests: modules.flatMap((module) => [...module.children.allTests()].map(ranTest)),
    broken: [...broken, ...unhandled].map(({ message }) => message),
  };
}

function ranTest(test: TestCase): RanTest {
  const { state, errors } = test.result();
  const [error] = errors ?? [];
  return {
    file: relative(process.cwd(), test.module.moduleId),
    // The pattern of names is held against this.
    name: test.fullName,
    state: state === 'pending' ? 'skipped' : state,
    ...(error && { error: testError(error) }),
  };
}

function testError(error: {
  readonly name?: string;
  readonly message: string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}): TestError {
  const { name = 'Error', message, actual, expected } = error;
  return {
    name,
    message,
    ...(typeof actual === 'string' && { actual }),
    ...(typeof expected === 'string' && { expected }),
  };
}
