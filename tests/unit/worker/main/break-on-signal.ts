/** Loaded into a worker program by a test: SIGUSR2 breaks the program, SIGWINCH its runner's thread. */

import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const channel = new BroadcastChannel('break');
channel.unref();
if (isMainThread) {
  process.on('SIGWINCH', () => channel.postMessage('break'));
  process.on('SIGUSR2', () => {
    throw new RangeError('my\n    at secret (secret:1:2)');
  });
} else {
  channel.onmessage = () => {
    throw new Error('broken by a test');
  };
}
