/**
 * Reads the body of a response. What comes out can be honoured in full; anything else is refused with the name of the field.
 * Nothing is stored here, so whatever refers to something stored, or asks for storing, is refused. No message quotes a value of the client's.
 */

import { z } from 'zod';
import type { ResponseFormat } from '../../rpc/contract/generate.ts';
import type { CompletionRequest } from '../completion-request.ts';
import { invalidIssue, invalidParam } from '../invalid-param.ts';
import { jsonSchemaFields } from '../response-format.ts';
import { samplingFields, toSampling } from '../sampling-parameters.ts';
import { schemaText } from '../schema-text.ts';
import { type AsksForNothing, isEmpty, isOneOf, never, refuseUnserved } from '../unserved-parameters.ts';
import { wellFormedText } from '../well-formed-text.ts';
import { inputField, toMessages } from './input-items.ts';

const metadataMax = { entries: 16, nameCharacters: 64, textCharacters: 512 } as const;

// Not a record of zod's: its findings name the key, which is the client's own text.
const metadata = z
  .custom<Readonly<Record<string, string>>>(isMetadata, {
    error: 'must map at most 16 names of at most 64 characters to texts of at most 512',
  })
  .meta({
    type: 'object',
    maxProperties: metadataMax.entries,
    propertyNames: { maxLength: metadataMax.nameCharacters },
    additionalProperties: { type: 'string', maxLength: metadataMax.textCharacters },
  });

const format = z.discriminatedUnion(
  'type',
  [
    z.looseObject({ type: z.literal('text') }),
    z.looseObject({ type: z.literal('json_object') }),
    z.looseObject({
      type: z.literal('json_schema'),
      description: wellFormedText.optional(),
      ...jsonSchemaFields,
    }),
  ],
  { error: 'must be of the type text, json_object or json_schema' },
);

const logprobsIncluded = 'message.output_text.logprobs';
const shortText = wellFormedText.max(512).nullish();

export const responseBodySchema = z.looseObject({
  ...samplingFields,
  model: wellFormedText.min(1).max(256),
  input: inputField,
  instructions: wellFormedText.nullish(),
  max_output_tokens: z.int().min(1).max(131_072).nullish(),
  text: z.looseObject({ format: format.nullish(), verbosity: z.literal('medium').nullish() }).nullish(),
  // All but log probabilities are parts that no answer here has.
  include: z.array(z.string().max(128)).max(32).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  metadata: metadata.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  user: shortText,
  safety_identifier: shortText,
  prompt_cache_key: shortText,
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_obfuscation: z.literal(false).nullish() }).nullish(),
});

type Body = z.infer<typeof responseBodySchema>;

const isUnreasoned: AsksForNothing = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((each) => each === null || each === 'none');

export const responseUnserved: ReadonlyMap<string, AsksForNothing> = new Map([
  ['store', isOneOf(false)],
  ['previous_response_id', never],
  ['conversation', never],
  ['background', isOneOf(false)],
  ['prompt', never],
  ['tools', isEmpty],
  ['tool_choice', isOneOf('none', 'auto')],
  ['reasoning', isUnreasoned],
  ['truncation', isOneOf('disabled')],
  ['context_management', isEmpty],
]);

/** @throws DrydockError GATEWAY_PARAM_INVALID or GATEWAY_PARAM_UNSUPPORTED, with `details.param`. */
export function parseResponseRequest(json: unknown): CompletionRequest {
  const parsed = responseBodySchema.safeParse(json);
  if (!parsed.success) throw invalidIssue(parsed.error.issues[0]);
  const body = parsed.data;
  refuseUnserved(body, { table: responseUnserved });
  refuseUnserved(body);
  if (body.stream_options && body.stream !== true) {
    throw invalidParam('stream_options', 'has no meaning without "stream": true; leave it out');
  }
  const responseFormat = toResponseFormat(body.text?.format);
  const top = body.top_logprobs ?? 0;
  const withLogprobs = top > 0 || body.include?.includes(logprobsIncluded) === true;
  return {
    model: body.model,
    messages: toMessages(body.instructions ?? '', body.input),
    ...(typeof body.max_output_tokens === 'number' ? { maxTokens: body.max_output_tokens } : {}),
    sampling: {
      ...toSampling(body),
      ...(withLogprobs ? { logprobs: top } : {}),
      ...(responseFormat === undefined ? {} : { responseFormat }),
    },
    choices: 1,
    isStream: body.stream === true,
    // It always comes, with the end.
    includeUsage: true,
    echo: echoOf(body),
    paramNames: { prompt: 'input', maxTokens: 'max_output_tokens' },
  };
}

function toResponseFormat(asked: z.infer<typeof format> | null | undefined): ResponseFormat | undefined {
  if (!asked || asked.type === 'text') return undefined;
  if (asked.type === 'json_object') return { type: 'json_object' };
  return { type: 'json_schema', schema: schemaText(asked.schema, 'text.format.schema') };
}

/** OpenAI's `Response` repeats its request, with what holds where that says nothing. */
function echoOf(body: Body): Readonly<Record<string, unknown>> {
  const { instructions = null, max_output_tokens = null, user, safety_identifier, prompt_cache_key } = body;
  return {
    background: false,
    instructions,
    max_output_tokens,
    max_tool_calls: null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: body.temperature ?? 1,
    text: { format: formatEcho(body.text?.format), verbosity: 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    ...(user ? { user } : {}),
    ...(safety_identifier ? { safety_identifier } : {}),
    ...(prompt_cache_key ? { prompt_cache_key } : {}),
  };
}

function formatEcho(asked: z.infer<typeof format> | null | undefined) {
  if (asked?.type !== 'json_schema') return { type: asked?.type ?? 'text' };
  const { type, name, schema, description, strict } = asked;
  return {
    type,
    name,
    schema,
    strict: strict ?? false,
    ...(description === undefined ? {} : { description }),
  };
}

function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries: readonly [string, unknown][] = Object.entries(value);
  return (
    entries.length <= metadataMax.entries &&
    entries.every(
      ([name, text]) =>
        name.length <= metadataMax.nameCharacters &&
        wellFormedText.max(metadataMax.textCharacters).safeParse(text).success,
    )
  );
}
