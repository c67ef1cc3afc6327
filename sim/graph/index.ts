/** The door of `drydock graph`. */

export { type GraphOptions, runGraph } from './run-graph-runtime.ts';
