/** Functions that tests have called. */

import type { ToolFunction, ToolUse } from '../../../src/rpc/contract/tools.ts';

export const weatherSchema = {
  type: 'object',
  properties: { city: { enum: ['Paris', 'Rome'] } },
  required: ['city'],
  additionalProperties: false,
};
export const nothingSchema = { type: 'object', properties: {}, additionalProperties: false };

export function functionOf(name: string, schema: object, changes: Partial<ToolFunction> = {}): ToolFunction {
  return { name, parameters: JSON.stringify(schema), isStrict: true, ...changes };
}

export function toolsOf(changes: Partial<ToolUse> = {}): ToolUse {
  const functions = [
    functionOf('get_weather', weatherSchema, { description: 'The weather.' }),
    functionOf('now', nothingSchema),
  ];
  return { functions, isRequired: false, isParallel: false, ...changes };
}
