/** Terraform's functions on RFC 3339 timestamps. None asks a clock. */

import { formatTimestamp } from './format-timestamp.ts';
import { ArgumentProblem, define, type FunctionTable, TEXT, textArgument } from './terraform-function.ts';

export interface Timestamp {
  readonly milliseconds: number;
  /** East of Greenwich. */
  readonly offsetMinutes: number;
  /** Written as "Z", which prints otherwise than "+00:00". */
  readonly isUtc: boolean;
}

export const TIME_FUNCTIONS: FunctionTable = {
  formatdate: define([TEXT, TEXT], (values) =>
    formatTimestamp(textArgument(values, 0), parseTimestamp(textArgument(values, 1))),
  ),
  timeadd: define([TEXT, TEXT], (values) => {
    const start = parseTimestamp(textArgument(values, 0));
    return rfc3339({ ...start, milliseconds: start.milliseconds + durationOf(textArgument(values, 1)) });
  }),
  timecmp: define([TEXT, TEXT], (values) =>
    Math.sign(
      parseTimestamp(textArgument(values, 0)).milliseconds -
        parseTimestamp(textArgument(values, 1)).milliseconds,
    ),
  ),
};

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([-+])(\d\d):(\d\d))$/;

function parseTimestamp(text: string): Timestamp {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new ArgumentProblem('a timestamp is not as RFC 3339 has it');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59 || second > 59)
    throw new ArgumentProblem('there is no such date or time');
  const [sign, offsetHours, offsetRest] = match.slice(8, 11);
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(offsetHours ?? 0) * 60 + Number(offsetRest ?? 0));
  const fraction = Math.trunc(Number(`0.${match[7] ?? '0'}`) * 1000);
  const milliseconds = date.getTime() + fraction - offsetMinutes * 60_000;
  return { milliseconds, offsetMinutes, isUtc: sign === undefined };
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations: `1h30m`, `-1.5h`. */
function durationOf(text: string): number {
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) {
    throw new ArgumentProblem('a duration is not valid');
  }
  let total = 0;
  for (const [, number = '', unit = ''] of body.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    total += Number(number) * (UNITS[unit] ?? 0);
  }
  if (total > 8.64e15) throw new ArgumentProblem('a duration is too long');
  return sign === '-' ? -total : total;
}

function rfc3339(timestamp: Timestamp): string {
  return formatTimestamp("YYYY-MM-DD'T'hh:mm:ssZ", timestamp);
}
