/** The door of `drydock diff`. */

export { compareNetworks } from './compare-networks.ts';
export { type Compared, describeChanges } from './describe-changes.ts';
export { type DiffOptions, runDiff } from './run-diff-runtime.ts';
