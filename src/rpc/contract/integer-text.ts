import { z } from 'zod';

/** A whole number in an environment variable. Digits alone: `Number` would take '' for 0 and ' 4 ' for 4. */
export function integerText(min: number, max: number) {
  const error = `is not a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.int().min(min, error).max(max, error));
}
