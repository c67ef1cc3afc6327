/** A program for the tests, because a proxy is a setting of a whole process: asks for an address, and says what came of it. */

import { openNetwork } from '../../../../src/worker/model-files/runtime/network.ts';

const [url = '', proxy = ''] = process.argv.slice(2);
const network = openNetwork({ HTTPS_PROXY: proxy });
await network.reach(url, new AbortController().signal);
const answer = await network.fetch(url).then(
  ({ status }) => `${status}`,
  (error: Error) => error.message,
);
process.stdout.write(`${answer}\n`);
