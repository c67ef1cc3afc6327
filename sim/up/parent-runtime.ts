/** Notices that npm is gone: whoever ends `npm start`, however, means the deployment too. */
import { npmProcess } from './config.ts';

const pauseMs = 250;

/** Started by anything else, a process may outlive its parent on purpose, as under `nohup`. */
export function watchParent(onGone: () => void): void {
  const parent = npmProcess();
  if (parent === undefined) return;
  const check = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  };
  const timer = setInterval(check, pauseMs);
  timer.unref();
  check();
}
