/**
 * A program for a test: builds a graph without loss and prints its directory, or dies by SIGKILL when half of the weights are written; or begins
 * one with smoothed inputs and dies as soon as it has read some of the model.
 */

import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';

const [modelFile = '', cacheDir = '', fate] = process.argv.slice(2);
const part = fate === 'at once' ? 0 : fate === 'half-way' ? 0.5 : Number.POSITIVE_INFINITY;
const { dir } = await buildGraph({
  modelFile,
  cacheDir,
  weights: fate === 'at once' ? 'auto' : 'lossless',
  onProgress: (doneBytes, totalBytes) => {
    if (doneBytes >= totalBytes * part) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(dir);
