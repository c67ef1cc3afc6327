/** JSON lines on standard error, written before the call returns, so that the last one before an exit is not lost. */

import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger };

export function createLogger(): Logger {
  return pino(
    {
      base: { program: 'gateway' },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination({ fd: 2, sync: true }),
  );
}
