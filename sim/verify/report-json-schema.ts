/** The JSON Schema of the report: schema/verify-report.schema.json is this, and `drydock verify --schema` prints it. */

import { z } from 'zod';
import { reportSchema } from './report.ts';

export function reportJsonSchema(): object {
  return { title: 'The report of drydock verify --json', ...z.toJSONSchema(reportSchema) };
}
