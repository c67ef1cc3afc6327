import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAuthPolicy } from '../../../../src/gateway/authentication/auth-policy.ts';
import { openApiDocument } from '../../../../src/gateway/openapi/openapi-document.ts';
import { operations } from '../../../../src/gateway/openapi/operations.ts';
import { inProcessGateway } from '../in-process-gateway.ts';
import { findingsOf, follow, readDescription } from './api-description.ts';

const vector = new URL('../../../vectors/openapi/openapi-3.1.schema.json', import.meta.url);
const openApi31 = JSON.parse(readFileSync(vector, 'utf8'));
const gateway = inProcessGateway();
const description = await readDescription(gateway);

/** Every object in the description, with the keys that lead there. */
function* objectsIn(
  node: unknown,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], object]> {
  if (typeof node !== 'object' || node === null) return;
  yield [path, node];
  for (const [key, value] of Object.entries(node)) yield* objectsIn(value, [...path, key]);
}

it('is valid by the schema that OpenAPI has of itself', () => {
  expect(findingsOf(openApi31, description)).toEqual([]);
});

it.each([
  ['a field that is none', (copy: object) => Object.assign(copy, { routes: {} })],
  ['a version that it is not', (copy: object) => Object.assign(copy, { openapi: '3.0.3' })],
  ['a path without a slash', (copy: { paths: object }) => Object.assign(copy.paths, { livez: {} })],
  [
    'an answer without a text',
    (copy: { paths: object }) =>
      Object.assign(copy.paths, { '/x': { get: { responses: { 200: { content: {} } } } } }),
  ],
  [
    'a security scheme of no type',
    (copy: { components: object }) => Object.assign(copy.components, { securitySchemes: { a: {} } }),
  ],
])('would not be with %s', (_title, spoil) => {
  const copy = structuredClone(description);
  spoil(copy);
  expect(findingsOf(openApi31, copy)).not.toEqual([]);
});

it('has every route of the application, and no other', () => {
  const routes = gateway.routes
    // What answers all methods is what refuses them.
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  expect(routes.length).toBeGreaterThan(8);
  expect(new Set(operations.keys())).toEqual(new Set(routes));
  const described = Object.values(description.paths).flatMap((methods) => Object.keys(methods));
  expect(described).toHaveLength(routes.length);
});

it.each([
  ['Aa0._-', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['a b', false],
  ['a/b', false],
  ['ä', false],
])('says of the request id %s what the gateway does with it', async (sent, isTaken) => {
  const answer = await gateway.ask({ method: 'GET', path: '/livez', headers: { 'x-request-id': sent } });
  const answered = answer.headers.get('x-request-id');
  expect(answered === sent).toBe(isTaken);
  const { headers, parameters } = description.components;
  expect(findingsOf(headers['x-request-id'].schema, sent)).toHaveLength(isTaken ? 0 : 1);
  expect(findingsOf(headers['x-request-id'].schema, answered)).toEqual([]);
  expect(findingsOf(parameters.RequestId.schema, sent)).toHaveLength(isTaken ? 0 : 1);
});

it('is not made where a route has no description', () => {
  const route = { method: 'GET', path: '/v1/other', isPublic: false, isAdmin: false } as const;
  expect(() => openApiDocument([route], [['api-key']])).toThrow('GET /v1/other has no description');
});

it('leads every reference somewhere', () => {
  const references = [...objectsIn(description)].filter(([, node]) => '$ref' in node);
  expect(references.length).toBeGreaterThan(50);
  for (const [path, node] of references) expect([path, follow(description, node)]).not.toContain(undefined);
});

it('says something of every field of a body', () => {
  const bodies = ['CreateChatCompletion', 'CreateCompletion', 'CreateResponse', 'Tokenize'];
  const fields = bodies.flatMap((name) => [...objectsIn(description.components.schemas[name], [name])]);
  const silent = fields.filter(
    ([path, node]) =>
      Object.keys(node).length === 0 && !['additionalProperties', 'not'].includes(path.at(-1) ?? ''),
  );
  expect(fields.length).toBeGreaterThan(200);
  expect(silent).toEqual([]);
});

it('gives every operation a name of its own', () => {
  const names = Object.values(description.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(names).size).toBe(names.length);
});

it('frees from credentials what load balancers ask, and nothing else', () => {
  const free = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.values(methods)
      .filter(({ security }) => security !== undefined)
      .map(({ security }) => [path, security]),
  );
  expect(free).toEqual([
    ['/livez', []],
    ['/readyz', []],
  ]);
  expect(description.security).toEqual([{ 'api-key': [] }]);
});

it('names no program and no version of one', () => {
  expect(JSON.stringify(description)).not.toMatch(/drydock|hono|zod|\bbun\b|node\.?js|iii|vllm|llama/i);
});

describe('the policy of authentication', () => {
  it.each([
    ['api-key', [{ 'api-key': [] }], ['api-key']],
    [
      'jwt|api-key+signature|certificate',
      [{ jwt: [] }, { 'api-key': [], signature: [] }, { certificate: [] }],
      ['api-key', 'jwt', 'signature', 'certificate'],
    ],
  ])('%s stands as it is', (text, security, schemes) => {
    const document = openApiDocument([], parseAuthPolicy(text) ?? []);
    expect(document).toMatchObject({ security });
    expect(findingsOf(openApi31, document)).toEqual([]);
    const { components } = document as typeof description;
    expect(Object.keys(components.securitySchemes).toSorted()).toEqual(schemes.toSorted());
  });
});
