/** Sizes of the drawing in pixels, and what its parts share. */

import type { Box, Guide } from './picture.ts';

export const MARGIN = 24;
export const COLUMN_GAP = 26;
export const HEADER = 38;
/** Width of a character at the size of the text. */
export const CHARACTER = 6.4;
/** Between two arrows that dock to one band. */
export const PORT_STEP = 15;
const LINE_MIN = 32;

/** A horizontal line that arrows dock to: a group in a row, a gateway endpoint, the internet. */
export interface Band {
  readonly name: string;
  readonly y: number;
  readonly height: number;
}

export interface Drawing {
  readonly boxes: Box[];
  readonly guides: Guide[];
  readonly bands: Band[];
}

/** A line is as high as its arrows need. */
export function lineHeight(docks: number): number {
  return Math.max(LINE_MIN, docks * PORT_STEP + 12);
}
