/** The part of a program's environment that says whether, and where, spans are told. */

import { z } from 'zod';
import type { TracingSettings } from './open-tracing-runtime.ts';

export const tracingFields = {
  DRYDOCK_TRACES_URL: z
    .url({ protocol: /^https?$/ })
    // A secret there would be one in the environment.
    .refine((url) => new URL(url).username === '' && new URL(url).password === '')
    .optional(),
  DRYDOCK_TRACES_RATIO: z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/)
    .transform(Number)
    .default(1),
};

const fieldsSchema = z.object(tracingFields);

/** @returns nothing where spans are not to be told. */
export function toTracingSettings(fields: z.infer<typeof fieldsSchema>): {
  readonly tracing?: TracingSettings;
} {
  const { DRYDOCK_TRACES_URL: url, DRYDOCK_TRACES_RATIO: ratio } = fields;
  return url === undefined ? {} : { tracing: { url, ratio } };
}
