/** A program for the tests: takes the lock that it is given, says so, and holds it until it is ended. */

import { takeLock } from '../../../../src/worker/model-files/runtime/lock.ts';

const [path = ''] = process.argv.slice(2);
using _lock = await takeLock(path, { signal: new AbortController().signal, onWait: () => undefined });
process.stdout.write('held\n');
await new Promise(() => setInterval(() => undefined, 1000));
