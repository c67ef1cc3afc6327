/**
 * JSON lines on standard error. They are written together, some milliseconds late, which costs a busy gateway a fraction of a write for each;
 * a program that exits by itself loses none.
 */

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { withoutSecrets } from '../without-secrets.ts';

export type { Logger };

const lateMs = 20;
/** So much is written without waiting. */
const waitingBytesMax = 8 * 1024;

export function createLogger(stream: DestinationStream = standardError()): Logger {
  return pino({ base: { program: 'gateway' }, formatters: { log: withoutSecrets } }, stream);
}

function standardError(): DestinationStream {
  const lines = destination({ dest: 2, sync: true, minLength: waitingBytesMax });
  let isDue = false;
  const flush = () => {
    isDue = false;
    lines.flushSync();
  };
  process.on('exit', flush);
  return {
    write(line) {
      lines.write(line);
      if (isDue) return;
      isDue = true;
      setTimeout(flush, lateMs);
    },
  };
}
