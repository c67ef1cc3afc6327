/** Terraform's `format` and `formatlist`: the verbs of Go's fmt that it has, with flags, widths and precisions. */

import { listOf, markedAs, STRING } from '../types/terraform-type.ts';
import { isList, toBoolean, toNumber, toText, type Value } from '../value.ts';
import { TEXT_LENGTH_MAX } from './bounds.ts';
import { formatFloat, formatGeneral, formatInteger } from './format-number.ts';
import { encodeJson } from './json-encoding.ts';
import { ArgumentProblem, refuseLonger } from './terraform-function.ts';
import { charactersOf } from './text-units.ts';

export interface Verb {
  readonly mode: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

const WIDTH_MAX = 1_000;
/** Characters of all the texts of a list. */
const LIST_LENGTH_MAX = 8 * TEXT_LENGTH_MAX;
const VERB = /%(?:%|([-+# 0]*)(\d*)(?:\.(\d*))?(?:\[(\d+)\])?([A-Za-z]))/y;

export function format(pattern: string, values: readonly Value[]): string {
  let text = '';
  let next = 0;
  let highest = 0;
  let usesIndexes = false;
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf('%', at);
    text += pattern.slice(at, percent === -1 ? undefined : percent);
    if (percent === -1) break;
    VERB.lastIndex = percent;
    const match = VERB.exec(pattern);
    if (match === null) throw new ArgumentProblem(`there is no such verb at character ${percent + 1}`);
    at = VERB.lastIndex;
    const [whole, flags = '', width = '', precision, index, mode] = match;
    if (mode === undefined) {
      text += '%';
      continue;
    }
    usesIndexes ||= index !== undefined;
    const place = index === undefined ? next : Number(index) - 1;
    if (values[place] === undefined) throw new ArgumentProblem(`there is no argument for ${whole}`);
    next = place + 1;
    highest = Math.max(highest, next);
    const verb = {
      mode,
      flags,
      width: bounded(width),
      precision: precision === undefined ? undefined : bounded(precision),
    };
    text += formatted(verb, values[place]);
    refuseLonger(text.length, TEXT_LENGTH_MAX);
  }
  if (!usesIndexes && highest < values.length) {
    throw new ArgumentProblem(`it has ${values.length - highest} arguments too many`);
  }
  return text;
}

/** Lists are gone through together, and must be of one length; anything else stands beside each of their items. */
export function formatList(pattern: string, values: readonly Value[]): Value {
  const lists = values.filter(isList);
  const [first] = lists;
  if (lists.some((list) => list.length !== first?.length))
    throw new ArgumentProblem('the lists differ in length');
  let length = 0;
  const rows = Array.from({ length: first?.length ?? 1 }, (_, row) => {
    const text = format(
      pattern,
      values.map((value) => (isList(value) ? (value[row] ?? null) : value)),
    );
    length += text.length;
    refuseLonger(length, LIST_LENGTH_MAX);
    return text;
  });
  return markedAs(rows, listOf(STRING));
}

function bounded(digits: string): number {
  const number = Number(digits);
  if (number > WIDTH_MAX) throw new ArgumentProblem('so wide a field is not made', { isLimit: true });
  return number;
}

function formatted(verb: Verb, value: Value): string {
  if (value === null && verb.mode !== 'v') {
    throw new ArgumentProblem('what null becomes is not known', { isLimit: true });
  }
  switch (verb.mode) {
    case 'v':
      return padded(verb, formatAny(verb, value));
    case 's':
      return padded(verb, cut(verb, required(toText(value), 'a string')));
    case 'q':
      return padded(verb, quote(cut(verb, required(toText(value), 'a string'))));
    case 't':
      return required(toBoolean(value), 'a bool') ? 'true' : 'false';
    case 'b':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return formatInteger(verb, required(toNumber(value), 'a number'));
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return formatFloat(verb, required(toNumber(value), 'a number'));
    default:
      throw new ArgumentProblem(`there is no verb %${verb.mode}`);
  }
}

function required<Kind>(converted: Kind | undefined, kind: string): Kind {
  if (converted === undefined) throw new ArgumentProblem(`the argument is not ${kind}`);
  return converted;
}

/** Text as it is, everything else but numbers as JSON. */
function formatAny(verb: Verb, value: Value): string {
  if (verb.flags.includes('#')) return encodeJson(value);
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? formatGeneral(value, undefined) : encodeJson(value);
}

function cut(verb: Verb, text: string): string {
  return verb.precision === undefined ? text : charactersOf(text).slice(0, verb.precision).join('');
}

function padded(verb: Verb, text: string): string {
  if (verb.width === 0) return text;
  const missing = verb.width - charactersOf(text).length;
  if (missing <= 0) return text;
  if (verb.flags.includes('-')) return text + ' '.repeat(missing);
  return (verb.flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
