/**
 * `npm run deep`: every long suite; with `--seeds A..B` (and `--size N`) the random networks of those seeds alone. All
 * else is handed to vitest.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { parseRange } from './seeds.ts';

interface Asked {
  readonly seeds?: string;
  readonly size?: string;
  readonly others: readonly string[];
}

try {
  process.exitCode = run(ask());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** @throws TypeError for a range that is none, or an option that there is not. */
function ask(): Asked {
  const { values, positionals } = parseArgs({
    options: { seeds: { type: 'string' }, size: { type: 'string' } },
    allowPositionals: true,
  });
  if (values.seeds !== undefined) parseRange(values.seeds);
  return { ...values, others: positionals };
}

function run({ seeds, size, others }: Asked): number {
  const files = seeds === undefined ? [] : ['tests/deep/random-vpcs.test.ts'];
  // By name: npm puts the installed one first on the PATH.
  const { status, error } = spawnSync(
    'vitest',
    ['run', '--project', 'deep', '--project', 'again', ...files, ...others],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        ...(seeds !== undefined && { DRYDOCK_SEEDS: seeds }),
        ...(size !== undefined && { DRYDOCK_SIZE: size }),
      },
    },
  );
  if (error !== undefined) throw error;
  return status ?? 1;
}
