/** JSON lines on standard error, written before the call returns, so that the last one before an exit is not lost. */

import { destination, type Logger, pino } from 'pino';

export type { Logger };

export function createLogger(): Logger {
  return pino({ base: { program: 'gateway' } }, destination({ dest: 2, sync: true }));
}
