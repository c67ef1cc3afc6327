/** The one table from a program of the launch contract to what runs in the simulation, and to what stands behind its references. */
import { fileURLToPath } from 'node:url';
import type { Program } from './launch-contract.ts';

export type Reference = 'model' | 'api-keys' | 'credential' | 'verify-keys' | 'engine-authority';

export interface ProgramRow {
  readonly command: readonly [string, ...string[]];
  /** References that the program may read: no program gets what another one needs. */
  readonly references: readonly Reference[];
}

// Resolved here rather than by PATH: the machine gets nothing of our environment, not even that.
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const node = root('node_modules/node/bin/node');
const bun = root('node_modules/bun/bin/bun.exe');

export const programs: Readonly<Record<Program, ProgramRow>> = {
  gateway: {
    command: [bun, root('src/gateway/main-bun.ts')],
    references: ['api-keys', 'credential', 'engine-authority'],
  },
  engine: { command: [node, root('src/rpc/engine/main.ts')], references: ['verify-keys'] },
  worker: {
    command: [node, root('src/worker/main.ts')],
    references: ['model', 'credential', 'engine-authority'],
  },
};
