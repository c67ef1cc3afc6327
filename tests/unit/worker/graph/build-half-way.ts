/** A program for a test: builds a graph and dies, by SIGKILL, when half of the weights are written. */

import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';

const [modelFile = '', cacheDir = ''] = process.argv.slice(2);
await buildGraph({
  modelFile,
  cacheDir,
  onProgress: (doneBytes, totalBytes) => {
    if (doneBytes >= totalBytes / 2) process.kill(process.pid, 'SIGKILL');
  },
});
