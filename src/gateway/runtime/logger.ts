/**
 * JSON lines on standard error. They are written together, some milliseconds late, which costs a busy gateway a fraction of a write for each;
 * a program that exits by itself loses none. Where they cannot be written they are counted, and the gateway goes on.
 */

import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutSecrets } from '../without-secrets.ts';
import { writeOut } from './write-out.ts';

export type { Logger };

const standardErrorFile = 2;
const lateMs = 20;
/** So much is written without waiting. */
const waitingCharactersMax = 8 * 1024;

export function createLogger(stream: DestinationStream = standardError()): Logger {
  return pino({ base: { program: 'gateway' }, formatters: { log: withoutSecrets } }, stream);
}

function standardError(): DestinationStream {
  let lines: string[] = [];
  let waitingCharacters = 0;
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    const told =
      lost === 0 ? '' : `{"level":40,"program":"gateway","event":"log-lines-lost","count":${lost}}\n`;
    const isWritten = writeOut(standardErrorFile, told + lines.join(''));
    lost = isWritten ? 0 : lost + lines.length;
    lines = [];
    waitingCharacters = 0;
  };
  process.on('exit', flush);
  return {
    write(line) {
      lines.push(line);
      waitingCharacters += line.length;
      if (waitingCharacters >= waitingCharactersMax) flush();
      else timer ??= setTimeout(flush, lateMs);
    },
  };
}
