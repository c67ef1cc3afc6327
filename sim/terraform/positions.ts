/** Where in a text each part of a configuration stands, whatever its syntax. */

export interface Positions {
  /** Line (from 1) of the part at this path, or of its nearest ancestor that is known. */
  lineAt(path: readonly (string | number)[]): number;
  /** Paths of members whose name already stood in the same object, in order of appearance. */
  readonly duplicates: readonly (readonly string[])[];
  /** Brackets stand in one another more than `DEPTH_MAX` levels deep; below that nothing was looked at. */
  readonly isTooDeep: boolean;
}

/** What is nested deeper is no configuration, and would only exhaust memory and stack. */
export const DEPTH_MAX = 100;

/** Lines by offset, recorded under the path of what starts there. */
export class PositionRecord {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  #lineStarts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The last place of a path is kept. */
  add(path: readonly (string | number)[], offset: number): void {
    this.#offsets.set(path.join(SEPARATOR), offset);
  }

  addFirst(path: readonly (string | number)[], offset: number): void {
    if (!this.#offsets.has(path.join(SEPARATOR))) this.add(path, offset);
  }

  lineAt(path: readonly (string | number)[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsets.get(path.slice(0, length).join(SEPARATOR));
      if (offset !== undefined) return this.lineOf(offset);
    }
    return 1;
  }

  lineOf(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.#text);
    let [low, high] = [0, this.#lineStarts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const SEPARATOR = '\u0000';

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
