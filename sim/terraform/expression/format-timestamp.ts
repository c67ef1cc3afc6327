/** Terraform's `formatdate`: letters stand for parts of the date, and text stands in single quotes. */

import { ArgumentProblem } from './terraform-function.ts';
import type { Timestamp } from './time-functions.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const TOKEN = /'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']+/g;

export function formatTimestamp(pattern: string, timestamp: Timestamp): string {
  // A date whose UTC fields are the local ones.
  const local = new Date(timestamp.milliseconds + timestamp.offsetMinutes * 60_000);
  return pattern.replaceAll(TOKEN, (token) => {
    if (token === "'") throw new ArgumentProblem('a quote does not end');
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (!/^[A-Za-z]/.test(token)) return token;
    const text = partOf(token, local, timestamp);
    if (text === undefined) throw new ArgumentProblem(`there is no date part "${token}"`);
    return text;
  });
}

function partOf(token: string, local: Date, timestamp: Timestamp): string | undefined {
  const hour = local.getUTCHours();
  const year = String(local.getUTCFullYear()).padStart(4, '0');
  const month = MONTHS[local.getUTCMonth()] ?? '';
  const weekday = WEEKDAYS[local.getUTCDay()] ?? '';
  switch (token) {
    case 'YY':
      return year.slice(-2);
    case 'YYYY':
      return year;
    case 'MMM':
      return month.slice(0, 3);
    case 'MMMM':
      return month;
    case 'EEE':
      return weekday.slice(0, 3);
    case 'EEEE':
      return weekday;
    case 'AA':
      return hour < 12 ? 'AM' : 'PM';
    case 'aa':
      return hour < 12 ? 'am' : 'pm';
    default:
      return numericPart(token, local) ?? zone(token, timestamp);
  }
}

/** One letter: as few digits as there are; two: two digits. */
function numericPart(token: string, local: Date): string | undefined {
  const hour = local.getUTCHours();
  const numbers: Readonly<Record<string, number>> = {
    M: local.getUTCMonth() + 1,
    D: local.getUTCDate(),
    h: hour,
    H: hour % 12 === 0 ? 12 : hour % 12,
    m: local.getUTCMinutes(),
    s: local.getUTCSeconds(),
  };
  const number = numbers[token[0] ?? ''];
  return number === undefined || token.length > 2 ? undefined : String(number).padStart(token.length, '0');
}

function zone(token: string, { offsetMinutes, isUtc }: Timestamp): string | undefined {
  const size = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
  const isZero = isUtc || offsetMinutes === 0;
  switch (token) {
    case 'Z':
      return isZero ? 'Z' : `${sign}${hours}:${minutes}`;
    case 'ZZZ':
      return isZero ? 'UTC' : `${sign}${hours}${minutes}`;
    case 'ZZZZ':
      return `${sign}${hours}${minutes}`;
    case 'ZZZZZ':
      return `${sign}${hours}:${minutes}`;
    default:
      return undefined;
  }
}
