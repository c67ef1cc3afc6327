/**
 * Takes the calls of functions out of an answer's text as it comes. Text that may yet open a block of calls is held back. It relies on the
 * grammar: behind the marker nothing comes but calls in their exact spelling. Whatever is cut off, a call that was begun keeps its beginning.
 */

import type { CallPiece } from '../../rpc/contract/tools.ts';
import { createStopScanner } from './stop-scanner.ts';
import { callMarker } from './tool-call-text.ts';

export interface AnswerParts {
  /** Text that is certainly none of a call. */
  readonly text: string;
  readonly calls: readonly CallPiece[];
}

export interface CallReader {
  push(text: string): AnswerParts;
  /** `text` until a block of calls opens, `whole` once all its calls have ended. */
  readonly state: 'text' | 'calls' | 'whole';
  /** Text is held back. */
  readonly isHolding: boolean;
  /** @param isCut the answer ends for its length. @returns the text that was held back: not where it is half a marker. */
  finish(isCut: boolean): string;
}

const head = /^(?:\[|, )?\{"name": "([\w-]{1,64})", "parameters": /;
/** Blocks of code begin like the marker. */
const fence = '```';

/** @param isOpen the answer begins behind a marker. */
export function createCallReader(isOpen: boolean): CallReader {
  const scanner = createStopScanner([callMarker]);
  const block = createBlockReader();
  let isText = !isOpen;
  return {
    get state() {
      return isText ? 'text' : block.isWhole ? 'whole' : 'calls';
    },
    get isHolding() {
      return isText && scanner.isHolding;
    },
    push(pushed) {
      if (!isText) return { text: '', calls: block.push(pushed) };
      const { text, isStopped, rest } = scanner.push(pushed);
      isText = !isStopped;
      return { text, calls: isStopped ? block.push(rest) : [] };
    },
    finish(isCut) {
      const held = scanner.finish();
      return isCut && held.length > fence.length ? '' : held;
    },
  };
}

interface BlockReader {
  readonly isWhole: boolean;
  push(text: string): readonly CallPiece[];
}

function createBlockReader(): BlockReader {
  let place: 'head' | 'arguments' | 'behind' | 'end' = 'head';
  let isList = false;
  let index = 0;
  /** What is read and understood only with what follows it. */
  let waiting = '';
  let ends = createObjectEnd();

  /** @returns what is left to read; undefined where more is needed. */
  function step(text: string, pieces: CallPiece[]): string | undefined {
    if (place === 'head') {
      const [opening, name] = head.exec(text) ?? [];
      if (opening === undefined) return undefined;
      if (index === 0) isList = opening.startsWith('[');
      pieces.push({ index, ...(name === undefined ? {} : { name }), arguments: '' });
      place = 'arguments';
      ends = createObjectEnd();
      return text.slice(opening.length);
    }
    if (place === 'arguments') {
      const end = ends.find(text);
      const own = text.slice(0, end);
      if (own !== '') pieces.push({ index, arguments: own });
      if (end === undefined) return '';
      place = 'behind';
      return text.slice(end);
    }
    if (text === '' || (isList && text.length < 2)) return undefined;
    const isLast = !isList || text[1] === ']';
    place = isLast ? 'end' : 'head';
    if (!isLast) index += 1;
    return text.slice(1);
  }

  return {
    get isWhole() {
      return place === 'end';
    },
    push(text) {
      const pieces: CallPiece[] = [];
      waiting += text;
      while (place !== 'end' && waiting !== '') {
        const left = step(waiting, pieces);
        if (left === undefined) break;
        waiting = left;
      }
      return joined(pieces);
    },
  };
}

/** One piece for each call that the text had a part of. */
function joined(pieces: readonly CallPiece[]): readonly CallPiece[] {
  const all: CallPiece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last?.index !== piece.index) all.push(piece);
    else all[all.length - 1] = { ...last, arguments: last.arguments + piece.arguments };
  }
  return all;
}

/** Finds where a JSON object ends whose text comes in parts. */
function createObjectEnd() {
  let depth = 0;
  let isString = false;
  let isEscaped = false;
  return {
    /** @returns the place behind the object's last character; undefined where it goes on. */
    find(text: string): number | undefined {
      for (let at = 0; at < text.length; at++) {
        const character = text[at];
        if (isEscaped) isEscaped = false;
        else if (isString && character === '\\') isEscaped = true;
        else if (character === '"') isString = !isString;
        else if (isString) continue;
        else if (character === '{' || character === '[') depth += 1;
        else if (character === '}' || character === ']') {
          depth -= 1;
          if (depth === 0) return at + 1;
        }
      }
      return undefined;
    },
  };
}
