/** OpenAI's `tools`, `tool_choice` and `parallel_tool_calls`: functions that an answer may call, or must. Names that a client made up are not quoted. */

import { z } from 'zod';
import type { ToolFunction, ToolUse } from '../rpc/contract/tools.ts';
import { invalidParam } from './invalid-param.ts';
import { schemaField, schemaText } from './schema-text.ts';
import { wellFormedText } from './well-formed-text.ts';

const toolsMax = 128;

export const functionName = z.string().regex(/^[\w-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, "_" or "-"',
});
const named = z.looseObject({ name: functionName });
const functionOnly = z.literal('function', { error: 'must be function; nothing else can be called here' });

const tool = z.looseObject({
  type: functionOnly,
  function: named.extend({
    description: wellFormedText.nullish(),
    parameters: schemaField.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const namedTool = z.looseObject({ type: functionOnly, function: named });

const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    namedTool,
    z.looseObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.looseObject({
        mode: z.enum(['auto', 'required']),
        tools: z.array(namedTool).min(1).max(toolsMax),
      }),
    }),
  ],
  { error: 'must be none, auto, required, a function by its name or allowed_tools' },
);

/** Fields of a body. */
export const toolFields = {
  tools: z.array(tool).max(toolsMax).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

const toolBody = z.looseObject(toolFields);
type ToolBody = z.infer<typeof toolBody>;

/** @returns `undefined` where nothing may be called. @throws DrydockError GATEWAY_PARAM_INVALID */
export function toToolUse({ tools, tool_choice, parallel_tool_calls }: ToolBody): ToolUse | undefined {
  const functions = (tools ?? []).map(toFunction);
  refuseTwins(functions);
  const choice = tool_choice ?? 'auto';
  const { isRequired, allowed, isSingle = false } = readChoice(choice);
  if (functions.length === 0) {
    if (isRequired || allowed !== undefined)
      throw invalidParam('tool_choice', 'needs "tools"; send them too');
    return undefined;
  }
  for (const name of allowed ?? []) {
    if (!functions.some((known) => known.name === name))
      throw invalidParam('tool_choice', 'names a function that is not among "tools"; add it there');
  }
  if (choice === 'none') return undefined;
  return {
    functions,
    isRequired,
    ...(allowed === undefined ? {} : { allowed }),
    isParallel: !isSingle && parallel_tool_calls !== false,
  };
}

interface Choice {
  readonly isRequired: boolean;
  readonly allowed?: string[];
  /** Exactly one call is asked for. */
  readonly isSingle?: boolean;
}

function readChoice(choice: z.infer<typeof toolChoice>): Choice {
  if (typeof choice === 'string') return { isRequired: choice === 'required' };
  if (choice.type === 'function')
    return { isRequired: true, allowed: [choice.function.name], isSingle: true };
  const { mode, tools } = choice.allowed_tools;
  return { isRequired: mode === 'required', allowed: tools.map((allowed) => allowed.function.name) };
}

function toFunction({ function: given }: z.infer<typeof tool>, at: number): ToolFunction {
  const { name, description, parameters, strict } = given;
  const param = `tools[${at}].function.parameters`;
  return {
    name,
    ...(description ? { description } : {}),
    parameters: schemaText(objectSchema(parameters ?? {}, param), param),
    isStrict: strict === true,
  };
}

const nothing = { type: 'object', properties: {}, additionalProperties: false };
/** They say what values there are, whatever their type. */
const otherKinds = ['$ref', 'allOf', 'anyOf', 'const', 'enum', 'oneOf'];

/** A schema of nothing but objects, as arguments are. Without a word about parameters there are none. */
function objectSchema(schema: Readonly<Record<string, unknown>>, param: string): object {
  if (Object.keys(schema).length === 0) return nothing;
  if (schema.type === 'object') return schema;
  if (schema.type === undefined && !otherKinds.some((keyword) => Object.hasOwn(schema, keyword)))
    return { type: 'object', ...schema };
  throw invalidParam(param, 'is no schema of an object; give it "type": "object"');
}

function refuseTwins(functions: readonly ToolFunction[]): void {
  const names = new Set<string>();
  for (const [at, { name }] of functions.entries()) {
    if (names.has(name))
      throw invalidParam(`tools[${at}].function.name`, 'is that of another function; give each its own');
    names.add(name);
  }
}
