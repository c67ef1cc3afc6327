/**
 * Says on which line of a JSON text each member stands, and which names stand twice in one object (JSON.parse
 * silently keeps the last, and a lost rule is a wrong verdict). It does not parse: the text must be valid JSON.
 */

import { DEPTH_MAX, PositionRecord, type Positions } from './positions.ts';

interface Frame {
  readonly isObject: boolean;
  readonly names: Set<string>;
  /** Name or index of the member being read. */
  step: string;
  index: number;
}

export function jsonPositions(text: string): Positions {
  const record = new PositionRecord(text);
  const duplicates: string[][] = [];
  const frames: Frame[] = [];
  let isName = false;
  let isTooDeep = false;
  const path = () => frames.map((frame) => frame.step);
  const enterItem = (frame: Frame, offset: number) => {
    frame.step = String(frame.index);
    record.add(path(), offset);
  };

  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const frame = frames.at(-1);
    if (frame && !frame.isObject && frame.step === '' && !/[\s,\]]/.test(character ?? ''))
      enterItem(frame, at);
    if (character === '{' || character === '[') {
      frames.push({ isObject: character === '{', names: new Set(), step: '', index: 0 });
      isTooDeep ||= frames.length > DEPTH_MAX;
      if (isTooDeep) break;
      isName = character === '{';
    } else if (character === '}' || character === ']') {
      frames.pop();
      isName = false;
    } else if (character === ',' && frame) {
      isName = frame.isObject;
      frame.step = '';
      frame.index += 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isName && frame) {
        frame.step = JSON.parse(text.slice(at, end)) as string;
        if (frame.names.has(frame.step)) duplicates.push(path());
        frame.names.add(frame.step);
        record.add(path(), at);
        isName = false;
      }
      at = end - 1;
    }
  }

  return { duplicates, isTooDeep, lineAt: (steps) => record.lineAt(steps) };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
