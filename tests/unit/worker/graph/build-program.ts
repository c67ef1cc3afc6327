/** A program for a test: builds a graph and prints its directory, or dies by SIGKILL when half of the weights are written. */

import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';

const [modelFile = '', cacheDir = '', fate] = process.argv.slice(2);
const { dir } = await buildGraph({
  modelFile,
  cacheDir,
  onProgress: (doneBytes, totalBytes) => {
    if (fate === 'die half-way' && doneBytes >= totalBytes / 2) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(dir);
