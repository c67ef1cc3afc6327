/**
 * JSON lines on standard error. They are written together, some milliseconds late, which costs a busy gateway a fraction of a write for each;
 * a program that exits by itself loses none.
 */

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { withoutSecrets } from '../without-secrets.ts';

export type { Logger };

const lateMs = 20;
/** So much is written without waiting. */
const waitingCharactersMax = 8 * 1024;

export function createLogger(stream: DestinationStream = standardError()): Logger {
  return pino({ base: { program: 'gateway' }, formatters: { log: withoutSecrets } }, stream);
}

function standardError(): DestinationStream {
  // It waits where a pipe is full. Its `flush` and `flushSync` would force what they write to the disk as well, each time.
  const file = destination({ dest: 2, sync: true });
  let lines: string[] = [];
  let waitingCharacters = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = lines.join('');
    lines = [];
    waitingCharacters = 0;
    if (text !== '') file.write(text);
  };
  process.on('exit', () => {
    flush();
    file.flushSync();
  });
  return {
    write(line) {
      lines.push(line);
      waitingCharacters += line.length;
      if (waitingCharacters >= waitingCharactersMax) flush();
      else timer ??= setTimeout(flush, lateMs);
    },
  };
}
