/**
 * The API as an OpenAPI 3.1 document, from the route table, the schemas that read the requests, the table of errors and the
 * policy of authentication, so that none of them can say something else. It names no program and no version of one.
 */

import { z } from 'zod';
import type { AuthPolicy } from '../authentication/auth-policy.ts';
import type { Route } from '../routes.ts';
import { type AnswerSchemaName, answerSchemas } from './answer-schemas.ts';
import { errorRefs, errorResponses } from './error-responses.ts';
import { headerComponents, headerRefs, parameterComponents, parameterRefs } from './headers.ts';
import { type Answer, type Operation, operations } from './operations.ts';
import { securityRequirements, securitySchemes } from './security-schemes.ts';

type DescribedRoute = Pick<Route, 'method' | 'path' | 'isPublic' | 'isAdmin'>;

/** @throws TypeError for a route that nobody has described. */
export function openApiDocument(routes: readonly DescribedRoute[], policy: AuthPolicy): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = documentPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Inference gateway',
      version: '1',
      description: "OpenAI's API, as far as it is served here. Whatever answers GET answers HEAD.",
    },
    servers: [{ url: '/' }],
    // Of whatever does not say otherwise.
    security: securityRequirements(policy),
    paths,
    components: {
      schemas: { ...mapValues(answerSchemas, (schema) => jsonSchema(schema, 'output')), ...bodySchemas() },
      responses: errorResponses(),
      headers: headerComponents,
      parameters: parameterComponents,
      securitySchemes: securitySchemes(policy),
    },
  };
}

/** `:model{.+}` of the router is `{model}` here. */
function documentPath(path: string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}');
}

function describe({ method, path, isPublic, isAdmin }: DescribedRoute): object {
  const operation = operations.get(`${method} ${path}`);
  if (operation === undefined) throw new TypeError(`${method} ${path} has no description`);
  const { id, summary, body, isRepeatable, answers, errors } = operation;
  const description = [
    operation.description,
    isAdmin ? 'For administrators.' : undefined,
    refusals(operation),
  ]
    .filter((text) => text !== undefined)
    .join(' ');
  return {
    operationId: id,
    summary,
    ...(description === '' ? {} : { description }),
    ...(isPublic ? { security: [] } : {}),
    parameters: [
      ...pathParameters(path),
      ...parameterRefs(['RequestId', 'TraceParent', ...(isRepeatable ? (['IdempotencyKey'] as const) : [])]),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: jsonContent({ $ref: `#/components/schemas/${body.name}` }),
          },
        }),
    responses: {
      ...errorRefs(errors),
      ...mapValues(answers, (answer) => answerResponse(answer, operation)),
    },
  };
}

function refusals({ body }: Operation): string | undefined {
  if (body?.unserved === undefined) return undefined;
  const names = body.unserved.map((name) => `\`${name}\``).join(', ');
  return `Unknown fields are ignored. Refused where they ask for something: ${names}.`;
}

function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
  }));
}

function answerResponse(
  { description, json, event }: Answer,
  { isLimited, isRepeatable }: Operation,
): object {
  return {
    description,
    headers: headerRefs([
      'x-request-id',
      ...(isLimited ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
      ...(isRepeatable ? (['idempotency-replayed'] as const) : []),
    ]),
    content: {
      ...jsonContent(schemaRef(json)),
      ...(event === undefined
        ? {}
        : {
            'text/event-stream': {
              schema: {
                type: 'string',
                contentMediaType: 'text/event-stream',
                contentSchema: schemaRef(event),
              },
            },
          }),
    },
  };
}

function jsonContent(schema: object) {
  return { 'application/json': { schema } };
}

function schemaRef(name: AnswerSchemaName) {
  return { $ref: `#/components/schemas/${name}` };
}

function bodySchemas(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    [...operations.values()].flatMap(({ body }) =>
      body === undefined ? [] : [[body.name, jsonSchema(body.schema, 'input')]],
    ),
  );
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
