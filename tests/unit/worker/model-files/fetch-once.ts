/** A program for the tests: gets a model, both told as JSON on its command line, with a network that leads nowhere. */

import { fetchModel } from '../../../../src/worker/model-files/runtime/fetch-model.ts';

const [modelJson = '', optionsJson = ''] = process.argv.slice(2);
await fetchModel([JSON.parse(modelJson)], {
  ...JSON.parse(optionsJson),
  network: { fetch, reach: () => Promise.reject(new Error('no network')) },
  signal: new AbortController().signal,
  onNote: () => undefined,
  onProgress: () => undefined,
});
