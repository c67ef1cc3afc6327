/** Terraform's functions on text, but for those on formats and regular expressions. */

import { listOf, markedAs, STRING } from '../types/terraform-type.ts';
import { compareText } from '../types/value-order.ts';
import type { Value } from '../value.ts';
import { TEXT_LENGTH_MAX } from './bounds.ts';
import { format, formatList } from './format-text.ts';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  integerArgument,
  onText,
  refuseLonger,
  TEXT,
  TEXTS,
  textArgument,
  textsArgument,
  VALUE_OR_NULL,
  WHOLE,
} from './terraform-function.ts';
import { charactersOf, trimSpace } from './text-units.ts';

const INDENTATION_MAX = 1_000;

export const STRING_FUNCTIONS: FunctionTable = {
  chomp: onText((text) => text.replace(/[\r\n]+$/, '')),
  lower: onText((text) => mapped(text, (character) => character.toLowerCase())),
  upper: onText((text) => mapped(text, (character) => character.toUpperCase())),
  title: onText(title),
  trimspace: onText(trimSpace),
  strrev: onText((text) => charactersOf(text).toReversed().join('')),
  startswith: onTwoTexts((text, prefix) => text.startsWith(prefix)),
  endswith: onTwoTexts((text, suffix) => text.endsWith(suffix)),
  strcontains: onTwoTexts((text, part) => text.includes(part)),
  trim: onTwoTexts(trim),
  trimprefix: onTwoTexts((text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  trimsuffix: onTwoTexts((text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  split: onTwoTexts((separator, text) => texts(separator === '' ? [...text] : text.split(separator))),
  substr: define([TEXT, WHOLE, WHOLE], (values) =>
    substring(textArgument(values, 0), integerArgument(values, 1), integerArgument(values, 2)),
  ),
  indent: define([WHOLE, TEXT], (values) => {
    const spaces = integerArgument(values, 0);
    if (spaces < 0 || spaces > INDENTATION_MAX) throw new ArgumentProblem('so many spaces are not put in');
    const lines = textArgument(values, 1).split('\n');
    refuseLonger(lines.length * spaces, TEXT_LENGTH_MAX);
    return lines.join(`\n${' '.repeat(spaces)}`);
  }),
  join: define(
    [TEXT, TEXTS],
    (values) => {
      const items = values.slice(1).flatMap((_, index) => textsArgument(values, index + 1));
      const separator = textArgument(values, 0);
      const length = items.reduce((sum, item) => sum + item.length + separator.length, 0);
      refuseLonger(length, TEXT_LENGTH_MAX + separator.length);
      return items.join(separator);
    },
    { rest: TEXTS },
  ),
  sort: define([TEXTS], (values) => texts(textsArgument(values, 0).toSorted(compareText))),
  format: define([TEXT], (values) => format(textArgument(values, 0), values.slice(1)), {
    rest: VALUE_OR_NULL,
  }),
  formatlist: define([TEXT], (values) => formatList(textArgument(values, 0), values.slice(1)), {
    rest: VALUE_OR_NULL,
  }),
};

function onTwoTexts(apply: (one: string, other: string) => Value): FunctionTable[string] {
  return define([TEXT, TEXT], (values) => apply(textArgument(values, 0), textArgument(values, 1)));
}

function texts(items: readonly string[]): Value {
  return markedAs([...items], listOf(STRING));
}

/** Go maps character by character, so that one that would become two stays as it is. */
function mapped(text: string, map: (character: string) => string): string {
  let result = '';
  for (const character of text) {
    const other = [...map(character)];
    result += other.length === 1 ? other[0] : character === 'İ' ? 'i' : character;
  }
  return result;
}

/** Those that differ from their upper case. */
const TITLE_LETTERS: Readonly<Record<string, string>> = {
  ǆ: 'ǅ',
  Ǆ: 'ǅ',
  ǉ: 'ǈ',
  Ǉ: 'ǈ',
  ǌ: 'ǋ',
  Ǌ: 'ǋ',
  ǳ: 'ǲ',
  Ǳ: 'ǲ',
};

/** Upper case behind whatever is no letter, number or underscore. */
function title(text: string): string {
  let result = '';
  let isInWord = false;
  for (const character of text) {
    result += isInWord
      ? character
      : (TITLE_LETTERS[character] ?? mapped(character, (one) => one.toUpperCase()));
    isInWord = /[\p{L}\p{Nd}_]/u.test(character);
  }
  return result;
}

function trim(text: string, characters: string): string {
  const set = new Set(characters);
  const all = [...text];
  let [start, end] = [0, all.length];
  while (start < end && set.has(all[start] ?? '')) start += 1;
  while (end > start && set.has(all[end - 1] ?? '')) end -= 1;
  return all.slice(start, end).join('');
}

/** A negative offset counts from the end; a negative length goes to the end. */
function substring(text: string, offset: number, length: number): string {
  const characters = charactersOf(text);
  const start = offset < 0 ? Math.max(0, characters.length + offset) : offset;
  return characters.slice(start, length < 0 ? characters.length : start + length).join('');
}
