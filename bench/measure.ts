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

export interface BenchOptions {
  /** Default: what the bench thinks is enough. */
  readonly rounds?: number;
  /** A name of the manifest, a file or a directory, for a bench that runs a model. */
  readonly model?: string;
  /** Threads of every side. Default 2. */
  readonly threads?: number;
  /** Which of a bench's own variants to measure. Default: those that it names. */
  readonly variants?: readonly string[];
}

/** @returns rows for a program; people were told through `print`. */
export type Bench = (print: (line: string) => void, options: BenchOptions) => Promise<readonly object[]>;

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
  return { name, subject, unit, ...spread(values), rounds };
}

export interface Spread {
  readonly min: number;
  /** Of an even number of values, the upper one of the two in the middle. */
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}

export function describe({ name, subject, unit, min, median, max, rounds }: Row): string {
  const figures = [min, median, max].map((value) => value.toFixed(value < 10 ? 1 : 0).padStart(7)).join('');
  return `${subject.padEnd(34)}${name.padEnd(22)}${figures} ${unit}  (${rounds} rounds)`;
}
