import { defineConfig } from 'vitest/config';
import { canaryWatch } from './tests/reporter/canary-watch.ts';
import { closingLine } from './tests/reporter/closing-line.ts';

// A flake is a bug, so nothing is ever retried.
const shared = { retry: 0, mockReset: true, restoreMocks: true, unstubEnvs: true };

/**
 * Pure code in many small files: they share their modules, which saves two thirds of the time. What asks which modules are
 * loaded stands among the others.
 */
const simulator = {
  include: ['tests/unit/sim/**/!(lazy-loading).test.ts'],
  isolate: false,
  testTimeout: 30_000,
  maxWorkers: 2,
};

/** Networks without programs, which do not touch each other: two at a time. */
const networksAlone = [
  'crossing-flows',
  'fabric',
  'fabric-semantics',
  'flow-logs',
  'load-balancers',
  'local-services',
  'random-vpcs',
  'reload',
].map((name) => `tests/integration/${name}.test.ts`);

/** Suites that bring up a deployment take the whole machine: one file at a time, one suite after the other. */
function deployed(name: string, groupOrder: number, testTimeout = 30_000) {
  return {
    test: {
      ...shared,
      name,
      include: [`tests/${name}/**/*.test.ts`],
      exclude: networksAlone,
      fileParallelism: false,
      testTimeout,
      hookTimeout: 60_000,
      sequence: { groupOrder },
    },
  };
}

export default defineConfig({
  test: {
    // In this order: what is found counts in the closing line.
    reporters: ['default', canaryWatch(), closingLine()],
    globalSetup: ['tests/global-setup.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          exclude: simulator.include,
          // Some start programs, and the machine may be busy with others.
          testTimeout: 30_000,
          // Most of them wait for a program or a socket at some time: twice a small machine's cores.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...shared, ...simulator, name: 'simulator', sequence: { groupOrder: 0 } } },
      {
        test: {
          ...shared,
          name: 'networks',
          include: networksAlone,
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      deployed('integration', 3),
      deployed('security', 4),
      // Long randomized suites: `npm run deep` alone runs them.
      deployed('deep', 5, 900_000),
    ],
  },
});
