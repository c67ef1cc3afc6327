/** Piecewise constant functions on the axis of traffic. Equal ones are one object with one number, so that work on them is remembered. */

import { AXIS_SIZE, type AxisSpan } from './traffic-axis.ts';

export interface Line {
  readonly id: number;
  /** Ascending, the first is 0; neighbours have different values. */
  readonly starts: readonly number[];
  readonly values: readonly number[];
}

export interface Piece extends AxisSpan {
  readonly value: number;
}

export interface LineBook {
  readonly constant: (value: number) => Line;
  /** The value at each start holds until the next. */
  readonly line: (starts: readonly number[], values: readonly number[]) => Line;
}

export function lineBook(): LineBook {
  const known = new Map<string, Line>();
  const line = (starts: readonly number[], values: readonly number[]): Line => {
    const [kept, keptValues]: [number[], number[]] = [[], []];
    for (const [index, start] of starts.entries()) {
      const value = values[index] ?? 0;
      if (kept.length > 0 && keptValues.at(-1) === value) continue;
      kept.push(start);
      keptValues.push(value);
    }
    const key = `${kept.join()} ${keptValues.join()}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = { id: known.size, starts: kept, values: keptValues };
    known.set(key, made);
    return made;
  };
  return { line, constant: (value) => line([0], [value]) };
}

/** The value at each point where one of both changes. */
export function joinLines(
  book: LineBook,
  { one, other }: { readonly one: Line; readonly other: Line },
  join: (one: number, other: number) => number,
): Line {
  const starts: number[] = [];
  const values: number[] = [];
  let [left, right] = [0, 0];
  for (let at = 0; at < AXIS_SIZE; ) {
    starts.push(at);
    values.push(join(one.values[left] ?? 0, other.values[right] ?? 0));
    const nextLeft = one.starts[left + 1] ?? AXIS_SIZE;
    const nextRight = other.starts[right + 1] ?? AXIS_SIZE;
    at = Math.min(nextLeft, nextRight);
    if (nextLeft === at) left += 1;
    if (nextRight === at) right += 1;
  }
  return book.line(starts, values);
}

/** As `joinLines`, remembered by both lines: for a `join` that always gives the same. */
export function rememberedJoin(
  book: LineBook,
  join: (one: number, other: number) => number,
): (one: Line, other: Line) => Line {
  const known = new Map<number, Line>();
  return (one, other) => {
    const key = one.id * 2 ** 26 + other.id;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = joinLines(book, { one, other }, join);
    known.set(key, made);
    return made;
  };
}

/** The parts of the line within a span, in order. */
export function pieces(line: Line, within: AxisSpan): readonly Piece[] {
  return line.starts.flatMap((start, index) => {
    const first = Math.max(start, within.first);
    const last = Math.min((line.starts[index + 1] ?? AXIS_SIZE) - 1, within.last);
    return first <= last ? [{ first, last, value: line.values[index] ?? 0 }] : [];
  });
}

export function valueAt(line: Line, at: number): number {
  return pieces(line, { first: at, last: at })[0]?.value ?? 0;
}

/** The line with the parts within a span replaced. */
export function replaced(book: LineBook, line: Line, put: Piece): Line {
  const before = put.first === 0 ? [] : pieces(line, { first: 0, last: put.first - 1 });
  const behind = put.last === AXIS_SIZE - 1 ? [] : pieces(line, { first: put.last + 1, last: AXIS_SIZE - 1 });
  const all = [...before, put, ...behind];
  return book.line(
    all.map(({ first }) => first),
    all.map(({ value }) => value),
  );
}
