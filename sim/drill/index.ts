/** The door of the drills. */
export { type DrillOptions, drill } from './drill.ts';
export type { DrillRow, JudgedRow } from './row.ts';
export { type FaultName, faultNames } from './strike.ts';
export { drillTable, replayCommand } from './table.ts';
