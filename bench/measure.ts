/** How a bench measures and tells: several rounds, and their minimum, median and maximum. */

export interface Row {
  readonly name: string;
  /** What was measured: `200 interfaces`. */
  readonly subject: string;
  readonly unit: 'ms' | 'MiB';
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly rounds: number;
}

export type Bench = (print: (line: string) => void) => Promise<readonly Row[]>;

export interface Measured {
  readonly name: string;
  readonly subject: string;
  readonly rounds: number;
}

/** Times `run` in milliseconds, `rounds` times. */
export async function measure({ name, subject, rounds }: Measured, run: () => unknown): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return summarize({ name, subject, rounds }, 'ms', times);
}

export function summarize(
  { name, subject, rounds }: Measured,
  unit: Row['unit'],
  values: readonly number[],
): Row {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    name,
    subject,
    unit,
    min: at(0),
    median: at(Math.floor(sorted.length / 2)),
    max: at(sorted.length - 1),
    rounds,
  };
}

export function describe({ name, subject, unit, min, median, max, rounds }: Row): string {
  const figures = [min, median, max].map((value) => value.toFixed(value < 10 ? 1 : 0).padStart(7)).join('');
  return `${subject.padEnd(34)}${name.padEnd(22)}${figures} ${unit}  (${rounds} rounds)`;
}
