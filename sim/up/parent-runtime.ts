/** Notices that npm is gone: whoever ends `npm start`, however, means the deployment too. */
import { isStartedByNpm } from './config.ts';

const pauseMs = 250;

/** Started by anything else, a process may outlive its parent on purpose, as under `nohup`. */
export function watchParent(onGone: () => void): void {
  if (!isStartedByNpm()) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, pauseMs);
  timer.unref();
}
