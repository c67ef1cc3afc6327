/** The description of the API as a gateway serves it, and what it says of an answer. */

import { Validator } from '@cfworker/json-schema';
import { expect } from 'vitest';
import type { InProcessGateway } from '../in-process-gateway.ts';

type Schema = ConstructorParameters<typeof Validator>[0];

export interface ApiDescription {
  readonly [field: string]: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, object>>;
}

export async function readDescription(gateway: InProcessGateway): Promise<ApiDescription> {
  const response = await gateway.ask({ method: 'GET', path: '/openapi.json' });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  return JSON.parse(await response.text());
}

/** @param place JSON pointer into the description, to a schema. @returns what is wrong with the value; empty: nothing. */
export function findings(description: ApiDescription, place: string, value: unknown): readonly string[] {
  return findingsOf(
    { $ref: `#${place}`, components: description.components, paths: description.paths },
    value,
  );
}

export function findingsOf(schema: object, value: unknown): readonly string[] {
  const { errors } = new Validator(schema as Schema, '2020-12', false).validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

/** What a reference in the description leads to. */
export function follow(description: ApiDescription, node: unknown): unknown {
  if (typeof node !== 'object' || node === null || !('$ref' in node)) return node;
  return String(node.$ref)
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => Object(at)[key.replaceAll('~1', '/').replaceAll('~0', '~')], description);
}
