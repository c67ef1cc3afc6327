/** What an answer's text says: text up to its first stop string, and calls of functions, in which no stop string counts. Pure. */

import type { CallPiece } from '../../rpc/contract/tools.ts';
import { createCallReader } from '../text/call-reader.ts';
import { createStopScanner } from '../text/stop-scanner.ts';

export interface AnswerReaderOptions {
  readonly stopStrings: readonly string[];
  /** `possible`: the answer may call functions. `certain`: it is nothing but calls. */
  readonly calls: 'none' | 'possible' | 'certain';
}

export interface ReadParts {
  readonly text: string;
  readonly calls: readonly CallPiece[];
  /** A stop string was found: nothing comes after `text`. */
  readonly isStopped: boolean;
}

export interface AnswerReader {
  push(text: string): ReadParts;
  /** Text is held back. */
  readonly isHolding: boolean;
  /** It ended in calls, all of which are whole. */
  readonly hasCalls: boolean;
  /** What was held back, when no more will come. @param isCut the answer ends for its length. */
  finish(isCut: boolean): ReadParts;
}

export function createAnswerReader({ stopStrings, calls: given }: AnswerReaderOptions): AnswerReader {
  const scanner = createStopScanner(stopStrings);
  const reader = given === 'none' ? undefined : createCallReader(given === 'certain');
  return {
    get isHolding() {
      return scanner.isHolding || (reader?.isHolding ?? false);
    },
    get hasCalls() {
      return reader?.state === 'whole';
    },
    push(pushed) {
      const { text, calls } = reader?.push(pushed) ?? { text: pushed, calls: [] };
      const scan = scanner.push(text);
      if (scan.isStopped) return { text: scan.text, calls: [], isStopped: true };
      const isBehindText = reader !== undefined && reader.state !== 'text';
      return { text: scan.text + (isBehindText ? scanner.finish() : ''), calls, isStopped: false };
    },
    finish(isCut) {
      const { text, isStopped } = scanner.push(reader?.finish(isCut) ?? '');
      return { text: text + scanner.finish(), calls: [], isStopped };
    },
  };
}
