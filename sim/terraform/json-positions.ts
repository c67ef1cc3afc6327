/**
 * Says on which line of a JSON text each member stands, and which names stand twice in one object (JSON.parse
 * silently keeps the last, and a lost rule is a wrong verdict). It does not parse: the text must be valid JSON.
 */

export interface JsonPositions {
  /** Line (from 1) of the member at this path, or of its nearest ancestor that is known. */
  lineAt(path: readonly (string | number)[]): number;
  /** Paths of members whose name already stood in the same object, in order of appearance. */
  readonly duplicates: readonly (readonly string[])[];
  /** Objects and lists stand in one another more than `JSON_DEPTH_MAX` levels deep; below that nothing was looked at. */
  readonly isTooDeep: boolean;
}

/** What is nested deeper is no configuration, and would only exhaust memory and stack. */
export const JSON_DEPTH_MAX = 100;

interface Frame {
  readonly isObject: boolean;
  readonly names: Set<string>;
  /** Name or index of the member being read. */
  step: string;
  index: number;
}

const SEPARATOR = '\u0000';

export function jsonPositions(text: string): JsonPositions {
  const offsets = new Map<string, number>();
  const duplicates: string[][] = [];
  const frames: Frame[] = [];
  let isName = false;
  let isTooDeep = false;
  const path = () => frames.map((frame) => frame.step);
  const enterItem = (frame: Frame, offset: number) => {
    frame.step = String(frame.index);
    offsets.set(path().join(SEPARATOR), offset);
  };

  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const frame = frames.at(-1);
    if (frame && !frame.isObject && frame.step === '' && !/[\s,\]]/.test(character ?? ''))
      enterItem(frame, at);
    if (character === '{' || character === '[') {
      frames.push({ isObject: character === '{', names: new Set(), step: '', index: 0 });
      isTooDeep ||= frames.length > JSON_DEPTH_MAX;
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
        offsets.set(path().join(SEPARATOR), at);
        isName = false;
      }
      at = end - 1;
    }
  }

  return {
    duplicates,
    isTooDeep,
    lineAt: (steps) => {
      for (let length = steps.length; length > 0; length -= 1) {
        const offset = offsets.get(steps.slice(0, length).join(SEPARATOR));
        if (offset !== undefined) return lineOf(text, offset);
      }
      return 1;
    },
  };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
