/** OpenAI's own shapes as an outside judge of ours, from the published description in tests/fixtures/openai-schema. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';

type Root =
  | 'CreateChatCompletionRequest'
  | 'CreateChatCompletionResponse'
  | 'CreateChatCompletionStreamResponse'
  | 'CreateCompletionRequest'
  | 'CreateCompletionResponse'
  | 'CreateCompletionStreamResponse'
  | 'ListModelsResponse'
  | 'Model'
  | 'Response'
  | 'ResponseStreamEvent'
  | 'ErrorResponse';

const fixture = new URL('../../fixtures/openai-schema/openai.schema.json', import.meta.url);
const description = JSON.parse(readFileSync(fixture, 'utf8'));

// It says that a chunk's finish reason may be null and leaves null out of the enumeration, which its own API sends.
description.$defs.CreateChatCompletionStreamResponse.properties.choices.items.properties.finish_reason.enum.push(
  null,
);

// It has no shape for a chunk of a text completion, and says that it is that of a whole one; its own API sends null for what is not there yet.
const streamed = structuredClone(description.$defs.CreateCompletionResponse);
const streamedChoice = streamed.properties.choices.items.properties;
streamedChoice.finish_reason = { anyOf: [streamedChoice.finish_reason, { type: 'null' }] };
streamed.properties.usage = { anyOf: [streamed.properties.usage, { type: 'null' }] };
description.$defs.CreateCompletionStreamResponse = streamed;

const shapes = new Map<Root, z.ZodType>();

/** Throws, naming the field, where `value` is not of that shape. */
export function expectShape(root: Root, value: unknown): void {
  const shape = shapes.get(root) ?? z.fromJSONSchema({ $ref: `#/$defs/${root}`, $defs: description.$defs });
  shapes.set(root, shape);
  shape.parse(value);
}

/** Names of every field that a request of the published description may have. */
export function requestFields(
  root: 'CreateChatCompletionRequest' | 'CreateCompletionRequest' | 'CreateResponse',
): readonly string[] {
  return [...new Set(fieldsOf({ $ref: `#/$defs/${root}` }))];
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

function fieldsOf(schema: Schema): readonly string[] {
  const name = schema.$ref?.replace('#/$defs/', '');
  return [
    ...Object.keys(schema.properties ?? {}),
    ...(schema.allOf ?? []).flatMap(fieldsOf),
    ...(name === undefined ? [] : fieldsOf(description.$defs[name])),
  ];
}
