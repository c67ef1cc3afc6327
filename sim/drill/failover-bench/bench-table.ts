/** The rows of the Failover Bench as a table, and the command that runs them again. Pure. */
import { shellQuote } from '../../shell-quote.ts';
import type { BenchRow, FailoverBenchOptions } from './failover-bench.ts';

export function benchTable(rows: readonly BenchRow[]): string {
  return rows
    .map(({ behind, id, verdict, reason }) =>
      `${behind.padEnd(8)}  ${id}  ${verdict.padEnd(7)}  ${reason ?? ''}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

export function replayBench({
  profile,
  seed,
  model,
  behind,
  only,
}: Pick<FailoverBenchOptions, 'profile' | 'seed' | 'model' | 'behind' | 'only'>): string {
  const chosen = [
    ...(behind === undefined ? [] : [`--behind ${behind}`]),
    ...(only === undefined ? [] : [`--only ${shellQuote(only.join(','))}`]),
  ];
  return [
    `./drydock drill --failover-bench --profile ${profile} --seed ${seed} --model ${shellQuote(model)}`,
    ...chosen,
  ].join(' ');
}
