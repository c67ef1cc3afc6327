/** Flows as lines in lanes to the right of everything, from the height of who sends to that of who receives. */

import type { DrawnFlow } from './drawn-flows.ts';
import { type Band, PORT_STEP } from './measures.ts';
import type { Arrow } from './picture.ts';

const LANE = 12;
/** Width of a character at the size of the labels. */
const SMALL_CHARACTER = 5.4;
const LABEL_MAX = 40;

/** Each flow goes out to a lane of its own, along it, and back in; lanes are shared by flows that do not meet. */
export function drawArrows(
  bands: readonly Band[],
  flows: readonly DrawnFlow[],
  right: number,
): readonly Arrow[] {
  const firstLane = right + 24 + Math.max(0, ...flows.map(labelWidth));
  const used = new Map<string, number>();
  const dock = (band: Band): number => {
    const count = used.get(`${band.name} ${band.y}`) ?? 0;
    used.set(`${band.name} ${band.y}`, count + 1);
    return band.y + 14 + count * PORT_STEP;
  };
  const lanes: { from: number; to: number }[][] = [];
  return flows.map((flow, index) => {
    const [from, to] = nearest(bands, flow);
    const [start, end] = [dock(from), dock(to)];
    const x = firstLane + laneFor(lanes, Math.min(start, end), Math.max(start, end)) * LANE;
    return {
      points: [
        { x: right, y: start },
        { x, y: start },
        { x, y: end },
        { x: right, y: end },
      ],
      standing: flow.standing,
      number: index + 1,
      label: labelOf(flow),
      hint: `${flow.from} → ${flow.to}: ${flow.traffic}`,
    };
  });
}

/** On the line that arrives; the list below has all of it. */
function labelOf({ traffic }: DrawnFlow): string {
  return traffic.length > LABEL_MAX ? `${traffic.slice(0, LABEL_MAX - 1)}…` : traffic;
}

function labelWidth(flow: DrawnFlow): number {
  return (labelOf(flow).length + 4) * SMALL_CHARACTER;
}

/** A group may have a band in several rows: the two that are closest are joined. */
function nearest(bands: readonly Band[], flow: DrawnFlow): readonly [Band, Band] {
  const of = (name: string) => bands.filter((band) => band.name === name);
  const pairs = of(flow.from).flatMap((from) => of(flow.to).map((to) => [from, to] as const));
  const [first] = pairs.toSorted(
    (left, right) => Math.abs(left[0].y - left[1].y) - Math.abs(right[0].y - right[1].y),
  );
  if (first === undefined) throw new TypeError(`no place for ${flow.from} or ${flow.to}`);
  return first;
}

function laneFor(lanes: { from: number; to: number }[][], from: number, to: number): number {
  const free = lanes.findIndex((lane) => lane.every((taken) => to + 6 < taken.from || from > taken.to + 6));
  const index = free === -1 ? lanes.length : free;
  lanes[index] ??= [];
  lanes[index].push({ from, to });
  return index;
}
