/** YAML as Terraform writes it: text always in double quotes, or in a block where it has line breaks. */

import { compareText } from '../types/value-order.ts';
import { formatNumber, isList, isMap, type Value } from '../value.ts';

/** There must be no symbol inside. */
export function encodeYaml(value: Value): string {
  const isScalar = !isList(value) && !isMap(value) && typeof value !== 'string';
  if (isScalar) return `${scalar(value)}\n...\n`;
  return `${block(value, '').replace(/^\n/, '')}\n`;
}

/** What stands behind a key or a dash: on the same line, or on lines of its own that begin with a line break. */
function block(value: Value, indentation: string): string {
  if (isList(value) && value.length > 0) {
    return value.map((item) => `\n${indentation}- ${nested(item, `${indentation}  `)}`).join('');
  }
  if (isMap(value) && value.size > 0) {
    const entries = [...value].sort(([left], [right]) => compareText(left, right));
    return entries
      .map(([name, item]) => `\n${indentation}${quoted(name)}:${behindKey(item, indentation)}`)
      .join('');
  }
  if (typeof value === 'string' && value.includes('\n')) return literalBlock(value, `${indentation}  `);
  return scalar(value);
}

/** Behind a dash the first line stands on the dash's own. */
function nested(value: Value, indentation: string): string {
  const text = typeof value === 'string' ? block(value, indentation.slice(2)) : block(value, indentation);
  return text.startsWith('\n') ? text.slice(1 + indentation.length) : text;
}

/** A list stands below its key without further indentation. */
function behindKey(value: Value, indentation: string): string {
  const text = isMap(value) ? block(value, `${indentation}  `) : block(value, indentation);
  return text.startsWith('\n') ? text : ` ${text}`;
}

function literalBlock(text: string, indentation: string): string {
  const isEnded = text.endsWith('\n');
  const lines = (isEnded ? text.slice(0, -1) : text).split('\n');
  const body = lines.map((line) => (line === '' ? '' : indentation + line)).join('\n');
  // As YAML has it: an indentation that cannot be seen is written out, and line breaks at the end are kept by "+".
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomping = isEnded ? (/^\n$|\n\n$/.test(text) ? '+' : '') : '-';
  return `|${hint}${chomping}\n${body}`;
}

function scalar(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return formatNumber(value);
  if (isList(value)) return '[]';
  return isMap(value) ? '{}' : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
