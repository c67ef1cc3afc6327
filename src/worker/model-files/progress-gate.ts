/** Lets through as many progress reports as somebody can read. */

import type { PreparationStep } from './preparation-step.ts';

export interface ProgressGateOptions {
  /** Between two reports of a step. */
  readonly intervalMs: number;
  readonly nowMs: () => number;
  /** Whether the first and the last of a step always pass; otherwise a step shorter than the interval passes none. */
  readonly passesEnds: boolean;
}

export function createProgressGate(options: ProgressGateOptions): (step: PreparationStep) => boolean {
  const { intervalMs, nowMs, passesEnds } = options;
  let current: PreparationStep['step'] | undefined;
  let isOver = false;
  let lastMs = 0;
  return function passes({ step, done, total }) {
    const isFirst = step !== current;
    const isLast = done >= total && (isFirst || !isOver);
    current = step;
    isOver = done >= total;
    const isDue = !isFirst && nowMs() - lastMs >= intervalMs;
    const isPassed = isDue || (passesEnds && (isFirst || isLast));
    if (isFirst || isPassed) lastMs = nowMs();
    return isPassed;
  };
}
