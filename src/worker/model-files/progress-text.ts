/** How progress is shown to people. Pure. */

import type { PreparationStep } from './preparation-step.ts';

const labels: Readonly<Record<PreparationStep['step'], string>> = {
  download: 'Getting the model',
  verify: 'Checking the model',
  build: 'Building its graph',
};
const cells = 30;

export function progressText({ step, done, total }: PreparationStep): string {
  return `${labels[step]}: ${percent(done, total)} % of ${megabytes(total)}`;
}

/** One line of a terminal; cut rather than broken where the terminal is narrow. */
export function progressBar(step: PreparationStep, columns: number): string {
  const filled = Math.floor((percent(step.done, step.total) / 100) * cells);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(cells - filled)}`;
  return `${bar} ${progressText(step)}`.slice(0, Math.max(columns - 1, 0));
}

export function megabytes(bytes: number): string {
  return bytes < 10_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}

/** Rounded down: 100 means done. */
function percent(done: number, total: number): number {
  return total <= 0 ? 0 : Math.floor((Math.min(done, total) / total) * 100);
}
