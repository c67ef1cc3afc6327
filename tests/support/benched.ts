/** The Failover Bench as `./drydock drill --failover-bench` runs it, in a folder of its own: two may run at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FailoverBenchOptions, runFailoverBench } from '../../sim/drill/index.ts';

export type BenchTried = Pick<FailoverBenchOptions, 'profile' | 'behind' | 'only'>;

/** @returns of each scenario its id, and why it does not pass where it does not. */
export async function runBench(tried: BenchTried, seed = 20_261): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  try {
    const rows = await runFailoverBench({
      ...tried,
      ...{ seed, folder, model: 'tiny' },
      onProgress: () => undefined,
      signal: AbortSignal.timeout(600_000),
    });
    return rows.map(({ id, verdict, reason }) => (verdict === 'pass' ? id : `${id} ${verdict}: ${reason}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
