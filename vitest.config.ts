import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { canaryWatch } from './tests/reporter/canary-watch.ts';
import { closingLine } from './tests/reporter/closing-line.ts';

/** A flake is a bug, so nothing is ever retried. Files share a process and its modules, which saves half of the time. */
const shared = { retry: 0, isolate: false, mockReset: true, restoreMocks: true, unstubEnvs: true };

/** The gateway is deployed on Bun; that it is the same on Node, `npm run deep` says. Properties are tried longer there. */
const shallow = { gatewayRuntimes: ['bun'], isDeep: false };
const deeply = { gatewayRuntimes: ['node'], isDeep: true };
const differsInDeep = /\binDepth\(|\beach\(runtimes\)/;

/** What runs in `npm run deep` alone, wherever it stands. */
const deep = 'tests/**/*.deep.test.ts';

/** What asks for the memory of its process, or for the modules that are loaded there, has a process of its own. */
const ofAProcess = ['tests/unit/**/{lazy-loading,runner-memory}.test.ts'];

/** Pure code in many small files. */
const simulator = {
  include: ['tests/unit/sim/**/*.test.ts'],
  exclude: [deep, ...ofAProcess],
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
function deployed(name: string, groupOrder: number) {
  return {
    test: {
      ...shared,
      name,
      include: [`tests/${name}/**/*.test.ts`],
      exclude: [deep, ...networksAlone],
      fileParallelism: false,
      testTimeout: 30_000,
      hookTimeout: 60_000,
      sequence: { groupOrder },
    },
  };
}

const unit = {
  include: ['tests/unit/**/*.test.ts'],
  exclude: ['tests/unit/sim/**', deep, ...ofAProcess],
  provide: shallow,
  // Some start programs, and the machine may be busy with others.
  testTimeout: 30_000,
  // Most of them wait for a program or a socket at some time: twice a small machine's cores.
  maxWorkers: 4,
};

export default defineConfig({
  test: {
    // In this order: what is found counts in the closing line.
    reporters: ['default', canaryWatch(), closingLine()],
    globalSetup: ['tests/global-setup.ts'],
    projects: [
      { test: { ...shared, ...unit, name: 'unit', sequence: { groupOrder: 1 } } },
      {
        test: {
          ...shared,
          ...unit,
          name: 'process',
          include: ofAProcess,
          exclude: [],
          isolate: true,
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
      // `npm run deep` alone runs the two.
      {
        test: {
          ...deployed('deep', 5).test,
          include: ['tests/deep/**/*.test.ts', deep],
          exclude: [],
          isolate: true,
          provide: { ...deeply, gatewayRuntimes: ['bun', 'node'] },
          testTimeout: 900_000,
        },
      },
      {
        test: {
          ...shared,
          ...unit,
          name: 'again',
          include: globSync('tests/unit/**/*.test.ts', { cwd: import.meta.dirname }).filter((file) =>
            differsInDeep.test(readFileSync(file, 'utf8')),
          ),
          provide: deeply,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
