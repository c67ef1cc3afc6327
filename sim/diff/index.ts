/** The door of `drydock diff`. */

export { type DiffOptions, runDiff } from './run-diff-runtime.ts';
