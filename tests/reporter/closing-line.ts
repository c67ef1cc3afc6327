/**
 * A vitest reporter whose line `N passed, N failed, N skipped` is the last that a run prints, however it ends. What
 * no test could tell, a file that does not load, a set-up that fails, an error outside of any test, an interruption, counts as
 * one failed. Where `CI` is set, a skipped test fails the run.
 */

import type { Reporter } from 'vitest/node';
import { type Counts, countResults, type RanModule } from './count-results.ts';

export function closingLine(): Reporter {
  let modules: readonly RanModule[] = [];
  let outsideErrors = 0;
  return {
    onInit() {
      // Set-ups of the whole run are torn down after reporters had their say, and may print; nothing comes after this.
      process.once('exit', (exitCode) => close(countResults(modules, { outsideErrors, exitCode })));
    },
    onTestModuleCollected(module) {
      modules = [...modules.filter(({ id }) => id !== module.id), module];
    },
    onTestRunEnd(ranModules, unhandledErrors) {
      modules = ranModules;
      outsideErrors = unhandledErrors.length;
    },
  };
}

function close({ passed, failed, skipped }: Counts): void {
  const isRefused = process.env.CI !== undefined && skipped.length > 0;
  if (failed > 0 || isRefused) {
    process.exitCode ||= 1;
  }
  const lines = [
    ...skipped.map(({ title, note }) => `skipped: ${title}${note === undefined ? '' : `: ${note}`}`),
    ...(isRefused ? ['CI is set, so a skipped test fails the run'] : []),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
