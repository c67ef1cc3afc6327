/** The report as it is: schema/verify-report.schema.json says what is in it. */

import type { Report } from '../report.ts';

export function formatJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
