/**
 * Says on which line of an HCL text each block, attribute and member of a written list or object stands, under the
 * paths that hcl2json gives them. It does not parse: what it says of a text that is not valid HCL does not matter.
 */

import { PositionRecord, type Positions } from '../positions.ts';
import { HclCursor } from './hcl-cursor.ts';

export interface TopLevelBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly path: readonly (string | number)[];
}

export interface HclPositions extends Positions {
  readonly blocks: readonly TopLevelBlock[];
}

type Path = readonly (string | number)[];

export function hclPositions(text: string): HclPositions {
  const cursor = new HclCursor(text);
  const record = new PositionRecord(text);
  const blocks: TopLevelBlock[] = [];
  readBody(cursor, { path: [], record, blocks });
  return {
    blocks,
    // HCL itself refuses an attribute that is set twice.
    duplicates: [],
    isTooDeep: cursor.isTooDeep,
    lineAt: (path) => record.lineAt(path),
  };
}

interface Reading {
  readonly path: Path;
  readonly record: PositionRecord;
  readonly blocks: TopLevelBlock[];
}

function readBody(cursor: HclCursor, reading: Reading): void {
  const counts = new Map<string, number>();
  for (;;) {
    cursor.skipSpace({ lineBreaks: true });
    if (cursor.isAtEnd || cursor.character === '}') return;
    const at = cursor.at;
    const name = cursor.takeIdentifier();
    cursor.skipSpace({ lineBreaks: false });
    if (name === undefined) {
      if (cursor.character === '"') cursor.takeString();
      else cursor.at += 1;
    } else if (cursor.take('=')) {
      const path = [...reading.path, name];
      reading.record.add(path, at);
      readValue(cursor, { ...reading, path }, true);
    } else {
      const labels = readLabels(cursor);
      const key = [name, ...labels].join('\u0000');
      const index = counts.get(key) ?? 0;
      counts.set(key, index + 1);
      readBlock(cursor, { ...reading, path: [...reading.path, name, ...labels, index] }, at);
      if (reading.path.length === 0)
        reading.blocks.push({ type: name, labels, path: [name, ...labels, index] });
    }
  }
}

function readLabels(cursor: HclCursor): readonly string[] {
  const labels: string[] = [];
  for (;;) {
    const label = cursor.character === '"' ? cursor.takeString() : cursor.takeIdentifier();
    if (label === undefined) return labels;
    labels.push(label);
    cursor.skipSpace({ lineBreaks: false });
  }
}

function readBlock(cursor: HclCursor, reading: Reading, at: number): void {
  reading.record.addFirst(reading.path.slice(0, -1), at);
  reading.record.add(reading.path, at);
  if (!cursor.take('{')) return;
  cursor.nested(() => {
    readBody(cursor, reading);
    cursor.take('}');
  });
}

/** Lists and objects that are written out keep their structure in hcl2json; any other expression becomes a text. */
function readValue(cursor: HclCursor, reading: Reading, lineBreakEnds: boolean): void {
  cursor.skipSpace({ lineBreaks: !lineBreakEnds });
  const opened = cursor.character;
  if (
    (opened === '[' || opened === '{') &&
    !/^.\s*for\b/s.test(cursor.text.slice(cursor.at, cursor.at + 80))
  ) {
    cursor.at += 1;
    cursor.nested(() => (opened === '[' ? readItems(cursor, reading) : readMembers(cursor, reading)));
  }
  cursor.skipExpression({ lineBreakEnds });
}

function readItems(cursor: HclCursor, reading: Reading): void {
  for (let index = 0; ; index += 1) {
    cursor.skipSpace({ lineBreaks: true });
    if (cursor.isAtEnd || cursor.take(']')) return;
    const path = [...reading.path, index];
    reading.record.add(path, cursor.at);
    readValue(cursor, { ...reading, path }, false);
    if (!cursor.take(',')) {
      cursor.take(']');
      return;
    }
  }
}

function readMembers(cursor: HclCursor, reading: Reading): void {
  for (;;) {
    cursor.skipSpace({ lineBreaks: true });
    if (cursor.isAtEnd || cursor.take('}')) return;
    const at = cursor.at;
    const path = [...reading.path, readKey(cursor)];
    reading.record.add(path, at);
    cursor.skipSpace({ lineBreaks: true });
    if (cursor.take('=') || cursor.take(':')) readValue(cursor, { ...reading, path }, true);
    cursor.skipSpace({ lineBreaks: true });
    cursor.take(',');
    if (cursor.at === at) cursor.at += 1;
  }
}

/** As hcl2json writes it: `${(var.name)}` for one that is computed. */
function readKey(cursor: HclCursor): string {
  if (cursor.character === '"') return cursor.takeString();
  const name = cursor.takeIdentifier();
  if (name !== undefined) return name;
  const start = cursor.at;
  if (cursor.character === '(') {
    cursor.at += 1;
    cursor.nested(() => cursor.skipExpression({ lineBreakEnds: false }));
    cursor.take(')');
  }
  return `\${${cursor.text.slice(start, cursor.at)}}`;
}
