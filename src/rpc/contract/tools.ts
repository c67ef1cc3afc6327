/** Functions that an answer may call: how a request names them, and how calls travel in messages and frames. */

import { z } from 'zod';

const toolsMax = 128;
/** In one answer, and in one message. */
export const toolCallsMax = 128;

export const functionNameSchema = z.string().regex(/^[\w-]{1,64}$/);
export const callIdSchema = z.string().min(1).max(256);

export const toolFunctionSchema = z.object({
  name: functionNameSchema,
  /** For the model. */
  description: z.string().optional(),
  /** JSON Schema of an object, as JSON text: the order of its properties is that of the arguments', and iii re-orders keys. */
  parameters: z.string().max(1_000_000),
  /** The schema is kept to in full, or refused. Otherwise arguments are any JSON object where the schema says what is not enforced. */
  isStrict: z.boolean(),
});

export const toolUseSchema = z.object({
  /** No two of one name. */
  functions: z.array(toolFunctionSchema).min(1).max(toolsMax),
  /** The answer is calls and nothing else. Otherwise the model chooses. */
  isRequired: z.boolean(),
  /** Names of those that may be called. Absent: all. */
  allowed: z.array(functionNameSchema).min(1).max(toolsMax).optional(),
  /** One answer may hold several calls. */
  isParallel: z.boolean(),
});

/** A whole call. `arguments` is text that a model wrote, which need not be JSON in what a client sends back. */
export const toolCallSchema = z.object({
  id: callIdSchema,
  name: functionNameSchema,
  arguments: z.string(),
});

/** The next part of a call. `index` counts the calls of an answer from 0; the first part of each has its name. */
export const callPieceSchema = z.object({
  index: z
    .int()
    .min(0)
    .max(toolCallsMax - 1),
  name: functionNameSchema.optional(),
  /** More of the text of its arguments: a JSON object once the call is whole. */
  arguments: z.string(),
});

export type ToolFunction = z.infer<typeof toolFunctionSchema>;
export type ToolUse = z.infer<typeof toolUseSchema>;
export type ToolCall = z.infer<typeof toolCallSchema>;
export type CallPiece = z.infer<typeof callPieceSchema>;
