/** JSON lines on standard error, written before the call returns, so that the last one before an exit is not lost. */

import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type { Logger };

/** No line of ours has such fields. Should one get them by mistake, their values stay out. */
const secretFields = [
  'authorization',
  'apiKey',
  'key',
  'token',
  'prompt',
  'messages',
  'content',
  'body',
  'headers',
];

const redact = { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' };

export function createLogger(stream: DestinationStream = destination({ dest: 2, sync: true })): Logger {
  return pino({ base: { program: 'gateway' }, redact }, stream);
}
