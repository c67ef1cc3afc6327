/** The door of the drills. */
export { type DrillOptions, drill } from './drill.ts';
export { benchTable, replayBench } from './failover-bench/bench-table.ts';
export {
  type BenchRow,
  type FailoverBenchOptions,
  type Half,
  halves,
  runFailoverBench,
} from './failover-bench/failover-bench.ts';
export { type Profile, profiles } from './failover-bench/scenarios.ts';
export type { ScenarioVerdict } from './failover-bench/verdict.ts';
export type { JudgedRow } from './row.ts';
export { type FaultName, faultNames } from './strike.ts';
export { drillTable, replayCommand } from './table.ts';
