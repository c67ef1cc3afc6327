/** A program's log line as a person reads it: time, level and words first, then what else it says. Pure. */
import { visible } from '../escape.ts';

/** As pino numbers them. */
const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'ERROR',
  60: 'FATAL',
};

/** Not repeated: the caller named the node. */
const leftOut = new Set(['level', 'time', 'msg', 'event', 'pid', 'hostname', 'program', 'node']);

/** What is no JSON object stays as it is, but for what a terminal would obey. */
export function renderLogLine(line: string): string {
  const fields = parse(line);
  if (fields === undefined) return visible(line);
  const { time, level, event, msg } = fields;
  const words = [
    timeText(time),
    (typeof level === 'number' ? (levels[level] ?? String(level)) : String(level ?? '')).padEnd(5),
    // Many lines say the same twice.
    ...(event === undefined || event === msg ? [] : [String(event)]),
    ...(msg === undefined ? [] : [event === undefined || event === msg ? String(msg) : `(${String(msg)})`]),
    ...Object.entries(fields).flatMap(([key, value]) => (leftOut.has(key) ? [] : [`${key}=${text(value)}`])),
  ];
  return visible(words.join(' '));
}

function timeText(time: unknown): string {
  const date = typeof time === 'number' || typeof time === 'string' ? new Date(time) : new Date(Number.NaN);
  return Number.isNaN(date.getTime()) ? '--:--:--.---' : date.toISOString().slice(11, 23);
}

function text(value: unknown): string {
  if (typeof value === 'string') return /[\s="]/.test(value) || value === '' ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? String(value);
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
