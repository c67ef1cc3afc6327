import { leftBehind, type Process, survivors } from './launched.ts';
import { until } from './until.ts';

/** Waits, for a bounded time, until what was launched in a folder has left neither a process nor a namespace. */
export async function expectNothingLeft(
  workingDirectory: string,
  family: readonly Process[] = [],
  budgetMs = 2_000,
): Promise<void> {
  const left = () => [...leftBehind(workingDirectory), ...survivors(family)];
  await until(
    () => (left().length === 0 ? true : undefined),
    { what: 'the end of every process and namespace', budgetMs },
    left,
  );
}
