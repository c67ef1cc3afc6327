/**
 * Frames of the iii 0.22 worker protocol. `parsePeerFrame` accepts what the real engine's decoder accepts and answers
 * undefined for everything else; the engine then ignores the frame without a word, as the real one does.
 */
import { z } from 'zod';
import { isJsonDeeperThan, jsonDepthMax, sortedJson } from './sorted-json.ts';

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly stacktrace?: string | undefined;
}

export type PeerFrame = z.infer<typeof peerFrameSchema>;
export type InvokeFrame = z.infer<typeof invokeSchema>;
export type ResultFrame = z.infer<typeof resultSchema>;
export type RegisterFunctionFrame = z.infer<typeof registerFunctionSchema>;
export type RegisterTriggerFrame = z.infer<typeof registerTriggerSchema>;
export type TriggerResultFrame = z.infer<typeof triggerResultSchema>;
export type TriggerTypeFrame = z.infer<typeof triggerTypeSchema>;

/** A frame to a peer. Members that are undefined are absent from the wire. */
export interface EngineFrame {
  readonly type: string;
  readonly [member: string]: unknown;
}

export function parsePeerFrame(text: string): PeerFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isJsonDeeperThan(value, jsonDepthMax)) return undefined;
  return parsePlainCall(value) ?? peerFrameSchema.safeParse(value).data;
}

const plainUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The two frames that nearly all traffic is, in their plainest form, without the general decoder. What is not quite like
 * that is left to it.
 */
function parsePlainCall(value: unknown): PeerFrame | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const frame = value as Readonly<Record<string, unknown>>;
  const { type, invocation_id: id, function_id: functionId } = frame;
  if (typeof id !== 'string' || !plainUuid.test(id) || typeof functionId !== 'string') return undefined;
  if (type === 'invocationresult' && frame.error === undefined) {
    return { type, invocation_id: id, function_id: functionId, result: frame.result ?? undefined };
  }
  if (type !== 'invokefunction' || frame.data === undefined || frame.action !== undefined) return undefined;
  const { traceparent, baggage } = frame;
  if (!isTextOrAbsent(traceparent) || !isTextOrAbsent(baggage)) return undefined;
  const metadata = frame.metadata ?? undefined;
  return {
    type,
    invocation_id: id,
    function_id: functionId,
    data: frame.data,
    traceparent,
    baggage,
    metadata,
  };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** The frame's own members keep their order; below them keys are sorted. */
export function encodeFrame(frame: EngineFrame): string {
  let text = '{';
  for (const name in frame) {
    const member = frame[name];
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}"${name}":${sortedJson(member)}`;
  }
  return `${text}}`;
}

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);
const optionalValue = z
  .unknown()
  .optional()
  .transform((value) => value ?? undefined);
const uuid = z.guid().transform((id) => id.toLowerCase());
// The key must be there; null is a value.
const requiredValue = z.unknown();
const errorBody = z.object({ code: z.string(), message: z.string(), stacktrace: optionalText });

const registerFunctionSchema = z.object({
  type: z.literal('registerfunction'),
  id: z.string(),
  description: optionalText,
  request_format: optionalValue,
  response_format: optionalValue,
  metadata: optionalValue,
  invocation: optionalValue,
});

const registerTriggerSchema = z.object({
  type: z.literal('registertrigger'),
  id: z.string(),
  trigger_type: z.string(),
  function_id: z.string(),
  config: requiredValue,
  metadata: optionalValue,
});

const triggerResultSchema = z.object({
  type: z.literal('triggerregistrationresult'),
  id: z.string(),
  trigger_type: z.string(),
  function_id: z.string(),
  error: errorBody.nullish(),
});

const triggerTypeSchema = z.object({
  type: z.literal('registertriggertype'),
  id: z.string(),
  description: z.string(),
  trigger_request_format: optionalValue,
  call_request_format: optionalValue,
});

const invokeSchema = z.object({
  type: z.literal('invokefunction'),
  invocation_id: uuid.nullish(),
  function_id: z.string(),
  data: requiredValue,
  action: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('void') }),
      z.object({ type: z.literal('enqueue'), queue: z.string() }),
    ])
    .nullish(),
  traceparent: optionalText,
  baggage: optionalText,
  metadata: optionalValue,
});

const resultSchema = z.object({
  type: z.literal('invocationresult'),
  invocation_id: uuid,
  function_id: z.string(),
  result: optionalValue,
  error: errorBody.nullish(),
});

const peerFrameSchema = z.discriminatedUnion('type', [
  registerFunctionSchema,
  z.object({ type: z.literal('unregisterfunction'), id: z.string() }),
  registerTriggerSchema,
  z.object({ type: z.literal('unregistertrigger'), id: z.string() }),
  triggerResultSchema,
  triggerTypeSchema,
  invokeSchema,
  resultSchema,
  z.object({
    type: z.literal('reattach'),
    previous_worker_id: uuid,
    reattach_token: uuid.nullish(),
  }),
  z.object({ type: z.literal('ping') }),
]);
