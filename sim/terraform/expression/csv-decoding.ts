/** CSV as RFC 4180 and Go read it: the first line names the columns; each other line becomes an object of text. */

import { listOf, markedAs, required, STRING, type TerraformType } from '../types/terraform-type.ts';
import type { Value } from '../value.ts';
import { ArgumentProblem } from './terraform-function.ts';

const CELLS_MAX = 100_000;
const PLAIN = /[^",\n]*/y;

export function decodeCsv(text: string): Value {
  const [header, ...rows] = recordsOf(text.replaceAll('\r\n', '\n'));
  if (header === undefined) throw new ArgumentProblem('the names of the columns are missing');
  if (new Set(header).size < header.length) throw new ArgumentProblem('the name of a column comes twice');
  const objects = rows.map((row) => {
    if (row.length !== header.length)
      throw new ArgumentProblem('a line has another number of columns than the first');
    return new Map(header.map((name, index) => [name, row[index] ?? '']));
  });
  const type: TerraformType = {
    kind: 'object',
    attributes: new Map(header.map((name) => [name, required(STRING)])),
  };
  return markedAs(objects, listOf(type));
}

/** Empty lines are none. */
function recordsOf(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let cells = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\n') {
      at += 1;
      continue;
    }
    const record: string[] = [];
    for (;;) {
      const { cell, end } = cellAt(text, at);
      record.push(cell);
      cells += 1;
      if (cells > CELLS_MAX) throw new ArgumentProblem('it has too many cells', { isLimit: true });
      at = end + 1;
      if (text[end] !== ',') break;
    }
    records.push(record);
  }
  return records;
}

function cellAt(text: string, at: number): { readonly cell: string; readonly end: number } {
  const found = text[at] === '"' ? quotedAt(text, at + 1) : plainAt(text, at);
  const { end } = found;
  const isEnded = end === text.length || text[end] === ',' || text[end] === '\n';
  if (!isEnded) throw new ArgumentProblem('a quote stands where none may stand');
  return found;
}

function plainAt(text: string, at: number): { readonly cell: string; readonly end: number } {
  PLAIN.lastIndex = at;
  const cell = PLAIN.exec(text)?.[0] ?? '';
  return { cell, end: at + cell.length };
}

/** Behind the opening quote; two quotes stand for one. */
function quotedAt(text: string, start: number): { readonly cell: string; readonly end: number } {
  for (let at = start; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1) throw new ArgumentProblem('a quote does not end');
    if (text[at + 1] !== '"') return { cell: text.slice(start, at).replaceAll('""', '"'), end: at + 1 };
  }
}
