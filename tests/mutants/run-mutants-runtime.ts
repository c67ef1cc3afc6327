/**
 * Plants each defect by itself in a copy of the tree and runs the tests that are to see it, two at a time. The same test
 * files run first without any defect and must be green, else nothing is judged. The tree itself is only read.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeRun, namesFor, type Outcome } from './judge-run.ts';
import { fileOf, type Mutant, planted, WITNESS_FILES } from './mutant.ts';
import type { RanTest } from './ran-tests.ts';
import { runTests } from './test-process-runtime.ts';
import { copyTree, type TreeCopy } from './tree-copy-runtime.ts';

export interface Row {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  readonly ms: number;
}

export interface RunOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly onRow: (row: Row) => void;
  /** Of one run with a defect. Default 60,000. */
  readonly timeoutMs?: number;
}

const WORKERS = 2;
const TIMEOUT_MS = 60_000;
/** Of whole files. */
const BASELINE_TIMEOUT_MS = 180_000;

interface Worker {
  readonly tree: TreeCopy;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** In the order of the mutants. @throws Error where the tests are not green without any defect. */
export async function runMutants(mutants: readonly Mutant[], options: RunOptions): Promise<readonly Row[]> {
  const { root, signal, onRow, timeoutMs = TIMEOUT_MS } = options;
  using trees = new DisposableStack();
  const workers = Array.from({ length: Math.min(WORKERS, mutants.length) }, (): Worker => {
    signal.throwIfAborted();
    return { tree: trees.use(copyTree(root)), signal, timeoutMs };
  });
  const files: readonly string[] = [...new Set(mutants.map(fileOf))];
  for (const file of files) refuseSnapshots(root, file);
  const all = await baseline(workers, files);
  const rows = new Map<Mutant, Row>();
  // Packets take longest: begun first, they do not leave one worker alone at the end.
  const waiting = mutants.toSorted((one, other) => duration(other) - duration(one));
  await together(workers, async (worker) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const row = await runOne(worker, mutant, all);
      rows.set(mutant, row);
      onRow(row);
    }
  });
  return mutants.flatMap((mutant) => rows.get(mutant) ?? []);
}

/** A text that is only compared with what it was before says nothing about what AWS does. */
function refuseSnapshots(root: string, file: string): void {
  if (!/Snapshot\(/.test(readFileSync(join(root, file), 'utf8'))) return;
  throw new Error(`could not judge by ${file}: it compares snapshots; name a test that says what is right`);
}

async function baseline(workers: readonly Worker[], files: readonly string[]): Promise<readonly RanTest[]> {
  const all: RanTest[] = [];
  // Packets take as long as all others together.
  const isPackets = (file: string) => file === WITNESS_FILES.packets;
  const parts = [files.filter(isPackets), files.filter((file) => !isPackets(file))];
  const waiting = parts.filter(({ length }) => length > 0);
  await together(workers, async ({ tree, signal }) => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const options = { tree: tree.path, timeoutMs: BASELINE_TIMEOUT_MS, signal };
      const { tests, broken } = await runTests({ files: part, isShort: false }, options);
      const failed = tests
        .filter(({ state }) => state === 'failed')
        .map(({ file, name }) => `${file} > ${name}`);
      const [first] = [...failed, ...broken];
      if (first !== undefined) {
        throw new Error(
          `could not judge: without any defect ${failed.length} tests fail, first ${first}; make them pass`,
        );
      }
      all.push(...tests);
    }
  });
  return all;
}

async function runOne(
  { tree, signal, timeoutMs }: Worker,
  mutant: Mutant,
  all: readonly RanTest[],
): Promise<Row> {
  const start = performance.now();
  const row = (outcome: Outcome): Row => ({ mutant, outcome, ms: Math.round(performance.now() - start) });
  const names = namesFor(mutant, all);
  if (names.length === 0) {
    return row({ kind: 'not-judged', reason: `${fileOf(mutant)} has no test that its row names` });
  }
  try {
    using _ = tree.plant(mutant);
    const request = { files: [fileOf(mutant)], names, isShort: true };
    return row(judgeRun(mutant, await runTests(request, { tree: tree.path, timeoutMs, signal })));
  } catch (error) {
    signal.throwIfAborted();
    return row({ kind: 'not-judged', reason: error instanceof Error ? error.message : String(error) });
  }
}

function duration({ caughtBy }: Mutant): number {
  return 'witness' in caughtBy && caughtBy.on === 'packets' ? 2 : 1;
}

/** All of them to their ends, so that no copy goes while somebody runs in it; then the first failure. */
async function together(workers: readonly Worker[], work: (worker: Worker) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(workers.map(work));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
}

/** Places that are gone, without running anything. */
export function misplaced(mutants: readonly Mutant[], root: string): readonly string[] {
  return mutants.flatMap((mutant) => {
    try {
      planted(mutant, readFileSync(join(root, mutant.file), 'utf8'));
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}
