/**
 * Reads the body of a chat completion. What comes out can be honoured in full; anything else is refused with the
 * name of the field. No message quotes a value of the client's.
 */

import { z } from 'zod';
import type { ChatMessage, Sampling } from '../rpc/contract/generate.ts';
import { DrydockError } from '../rpc/errors.ts';
import type { GatewayErrorCode } from './errors.ts';
import { refuseUnserved } from './unserved-parameters.ts';

export interface ChatRequest {
  readonly model: string;
  readonly messages: ChatMessage[];
  /** Absent: the gateway's default. */
  readonly maxTokens?: number;
  readonly sampling: Omit<Sampling, 'maxTokens'>;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
}

// Half a surrogate pair is no character: it has no UTF-8, so a worker would see another text than was sent.
const text = z.string().refine((value) => !/\p{Surrogate}/u.test(value), {
  error: 'holds half a surrogate pair, which is no character',
});

const textPart = z.looseObject({
  type: z.literal('text', { error: 'is not a text part; only text is served' }),
  text,
});

const content = z.union([text, z.array(textPart).min(1).max(1024)], {
  error: 'must be a string or a list of text parts',
});

const asksForNothing = z.union([z.null(), z.array(z.never()).max(0)], { error: 'is not served' }).optional();

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant'], {
    error: 'must be system, developer, user or assistant',
  }),
  content,
  tool_calls: asksForNothing,
  function_call: asksForNothing,
  audio: asksForNothing,
  refusal: asksForNothing,
});

const maxTokens = z.int().min(1).max(131_072).nullish();
const stopText = text.min(1);

const bodySchema = z.looseObject({
  model: text.min(1).max(256),
  messages: z.array(message).min(1).max(1024),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 53 - 1)
    .nullish(),
  stop: z
    .union([stopText, z.array(stopText).max(4)], { error: 'must be a string or a list of at most 4' })
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

type Body = z.infer<typeof bodySchema>;

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseChatRequest(json: unknown): ChatRequest {
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const body = parsed.data;
  refuseUnserved(body);
  refuseContradictions(body);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return {
    model: body.model,
    messages: body.messages.map(toChatMessage),
    ...(typeof limit === 'number' ? { maxTokens: limit } : {}),
    sampling: toSampling(body),
    isStream: body.stream === true,
    includeUsage: body.stream_options?.include_usage === true,
  };
}

function refuseContradictions(body: Body): void {
  const { max_tokens: older, max_completion_tokens: newer } = body;
  if (typeof older === 'number' && typeof newer === 'number' && older !== newer) {
    throw invalid('max_tokens', 'contradicts max_completion_tokens; send one of the two');
  }
  if (body.stream_options && body.stream !== true) {
    throw invalid('stream_options', 'has no meaning without "stream": true; leave it out');
  }
}

function toChatMessage({ role, content: parts }: z.infer<typeof message>): ChatMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof parts === 'string' ? parts : parts.map((part) => part.text).join(''),
  };
}

function toSampling(body: Body): ChatRequest['sampling'] {
  const topP = body.top_p ?? 1;
  const stop = body.stop ?? [];
  return {
    // A nucleus of nothing still holds the likeliest token, so it is greedy.
    temperature: topP === 0 ? 0 : (body.temperature ?? 1),
    topP: topP === 0 ? 1 : topP,
    ...(typeof body.seed === 'number' ? { seed: body.seed } : {}),
    stop: typeof stop === 'string' ? [stop] : stop,
  };
}

function invalid(param: string | undefined, reason: string) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_PARAM_INVALID',
    `could not accept the request: ${param === undefined ? 'the body' : `"${param}"`} ${reason}`,
    { details: param === undefined ? {} : { param } },
  );
}

function invalidIssue(issue: z.core.$ZodIssue | undefined) {
  const { path, reason } = innermost(issue);
  return invalid(path.length === 0 ? undefined : formatParam(path), reason);
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

/** The alternative of a union that matched furthest tells the client most. */
function innermost(issue: z.core.$ZodIssue | undefined): Finding {
  if (issue === undefined) return { path: [], reason: 'is not valid' };
  const own: Finding = { path: issue.path, reason: reasonOf(issue) };
  if (issue.code !== 'invalid_union') return own;
  const inner = issue.errors
    .map(([first]) => innermost(first))
    .reduce<Finding>((best, next) => (next.path.length > best.path.length ? next : best), {
      path: [],
      reason: '',
    });
  return inner.path.length === 0 ? own : { path: [...issue.path, ...inner.path], reason: inner.reason };
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  // zod's own texts begin like this and name types and bounds, never values.
  return issue.message.replace(/^(Invalid input|Too small|Too big): /, 'is not valid: ');
}

function formatParam(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
