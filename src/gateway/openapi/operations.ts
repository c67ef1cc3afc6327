/** What each route does, in the words of the document. A route without a row, and a row without a route, fail a test. */

import type { z } from 'zod';
import { chatBodySchema } from '../chat-request.ts';
import { responseBodySchema, responseUnserved } from '../responses/response-request.ts';
import { textBodySchema } from '../text-completion-request.ts';
import { tokenizeBodySchema, tokenizeUnserved } from '../tokenize/tokenize-request.ts';
import { completionUnserved } from '../unserved-parameters.ts';
import type { AnswerSchemaName } from './answer-schemas.ts';

export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly body?: {
    readonly name: string;
    /** The one that reads it. */
    readonly schema: z.ZodType;
    /** Fields that are refused where they ask for something. */
    readonly unserved?: readonly string[];
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses with an error's body. */
  readonly errors: readonly number[] | 'all';
  /** The limits of a caller hold for it. */
  readonly isLimited?: true;
  /** It takes idempotency keys. */
  readonly isRepeatable?: true;
}

export interface Answer {
  readonly description: string;
  readonly json: AnswerSchemaName;
  /** What each event of the stream holds, where the request asks for one. */
  readonly event?: AnswerSchemaName;
}

const looking = [400, 401, 403, 429, 500, 503];
const streamed = 'With `"stream": true` server-sent events: ';

export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'GET /livez',
    {
      id: 'isAlive',
      summary: 'Whether the gateway runs.',
      answers: { 200: { description: 'It does.', json: 'Status' } },
      errors: [500],
    },
  ],
  [
    'GET /readyz',
    {
      id: 'isReady',
      summary: 'Whether the gateway should be sent requests.',
      answers: {
        200: { description: 'It should.', json: 'Status' },
        503: { description: 'It is stopping, or no worker can be reached.', json: 'Status' },
      },
      errors: [500],
    },
  ],
  [
    'GET /openapi.json',
    {
      id: 'describeApi',
      summary: 'This document.',
      answers: { 200: { description: 'OpenAPI 3.1.', json: 'OpenApiDocument' } },
      errors: looking,
    },
  ],
  [
    'POST /v1/chat/completions',
    {
      id: 'createChatCompletion',
      summary: 'Answers a conversation.',
      body: {
        name: 'CreateChatCompletion',
        schema: chatBodySchema,
        unserved: [...completionUnserved.keys()],
      },
      answers: {
        200: {
          description: `The answer. ${streamed}\`data:\` with a ChatCompletionChunk each, \`[DONE]\` after the last of a whole answer, \`{"error": …}\` where it broke off.`,
          json: 'ChatCompletion',
          event: 'ChatCompletionChunk',
        },
      },
      errors: 'all',
      isLimited: true,
      isRepeatable: true,
    },
  ],
  [
    'POST /v1/completions',
    {
      id: 'createCompletion',
      summary: 'Continues a text as it is, without turns.',
      body: {
        name: 'CreateCompletion',
        schema: textBodySchema,
        unserved: [...completionUnserved.keys()],
      },
      answers: {
        200: {
          description: `The continuation. ${streamed}\`data:\` with a TextCompletionChunk each, \`[DONE]\` after the last of a whole answer, \`{"error": …}\` where it broke off.`,
          json: 'TextCompletion',
          event: 'TextCompletionChunk',
        },
      },
      errors: 'all',
      isLimited: true,
      isRepeatable: true,
    },
  ],
  [
    'POST /v1/responses',
    {
      id: 'createResponse',
      summary: 'Answers a conversation, in the Responses API. Nothing is stored.',
      body: {
        name: 'CreateResponse',
        schema: responseBodySchema,
        unserved: [...new Set([...responseUnserved.keys(), ...completionUnserved.keys()])],
      },
      answers: {
        200: {
          description: `The answer. ${streamed}\`event:\` and \`data:\` with a ResponseStreamEvent each, \`response.completed\` or \`response.incomplete\` the last of a whole answer, \`error\` where it broke off.`,
          json: 'Response',
          event: 'ResponseStreamEvent',
        },
      },
      errors: 'all',
      isLimited: true,
      isRepeatable: true,
    },
  ],
  [
    'POST /tokenize',
    {
      id: 'tokenize',
      summary: "Ids of a prompt or of messages, from the model's own tokenizer.",
      body: { name: 'Tokenize', schema: tokenizeBodySchema, unserved: [...tokenizeUnserved.keys()] },
      answers: { 200: { description: 'The ids, as an answer would begin with them.', json: 'Tokenization' } },
      errors: [400, 401, 403, 404, 408, 413, 415, 429, 500, 501, 502, 503, 504],
      isLimited: true,
    },
  ],
  [
    'POST /v1/embeddings',
    {
      id: 'createEmbedding',
      summary: 'Not served: no model here makes embeddings.',
      answers: {},
      errors: [...looking, 501],
    },
  ],
  [
    'GET /v1/models',
    {
      id: 'listModels',
      summary: 'Models that some worker serves and that the caller may use.',
      answers: { 200: { description: 'The models.', json: 'ModelList' } },
      errors: looking,
    },
  ],
  [
    'GET /v1/models/:model{.+}',
    {
      id: 'retrieveModel',
      summary: 'One such model.',
      description: 'A name may hold slashes, which are sent as they are.',
      answers: { 200: { description: 'The model.', json: 'Model' } },
      errors: [...looking, 404],
    },
  ],
]);
