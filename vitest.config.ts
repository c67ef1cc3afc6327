import { defineConfig } from 'vitest/config';
import { closingLine } from './tests/reporter/closing-line.ts';

// A flake is a bug, so nothing is ever retried.
const shared = { retry: 0, mockReset: true, restoreMocks: true, unstubEnvs: true };

/** Suites that bring up a deployment take the whole machine: one file at a time, one suite after the other. */
function deployed(name: string, groupOrder: number, testTimeout = 30_000) {
  return {
    test: {
      ...shared,
      name,
      include: [`tests/${name}/**/*.test.ts`],
      fileParallelism: false,
      testTimeout,
      hookTimeout: 60_000,
      sequence: { groupOrder },
    },
  };
}

export default defineConfig({
  test: {
    reporters: ['default', closingLine()],
    globalSetup: ['tests/global-setup.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          // Some start programs, and the machine may be busy with others.
          testTimeout: 30_000,
          // Most of them wait for a program or a socket at some time: twice a small machine's cores.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      deployed('integration', 1),
      deployed('security', 2),
      // Long randomized suites: `npm run deep` alone runs them.
      deployed('deep', 3, 900_000),
    ],
  },
});
