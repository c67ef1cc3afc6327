/** The drill as `./drydock drill` runs it, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DrillOptions, drill, type JudgedRow } from '../../sim/drill/index.ts';

export type DrillTried = Pick<DrillOptions, 'faults' | 'requests' | 'model' | 'lostReplies'>;

export async function runDrill(tried: DrillTried, seed = 20_261): Promise<readonly JudgedRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-drill-'));
  try {
    return await drill({
      ...tried,
      seed,
      clients: 8,
      folder,
      onProgress: () => undefined,
      onRow: () => undefined,
      signal: AbortSignal.timeout(900_000),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
