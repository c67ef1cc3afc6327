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
    readonly headers: Readonly<Record<'x-request-id', { readonly schema: object }>>;
    readonly parameters: Readonly<Record<'RequestId', { readonly schema: object }>>;
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

const validators = new WeakMap<object, Map<string, Validator>>();

/** @param schema of the description, perhaps a reference into it. @returns what is wrong with the value; empty: nothing. */
export function findings(description: ApiDescription, schema: object, value: unknown): readonly string[] {
  const known = validators.get(description) ?? new Map<string, Validator>();
  validators.set(description, known);
  const name = JSON.stringify(schema);
  // To make one takes longer than to use it.
  const validator = known.get(name) ?? validatorOf({ ...schema, components: description.components });
  known.set(name, validator);
  return errorsOf(validator, value);
}

export function findingsOf(schema: object, value: unknown): readonly string[] {
  return errorsOf(validatorOf(schema), value);
}

function validatorOf(schema: object): Validator {
  return new Validator(schema as Schema, '2020-12', false);
}

function errorsOf(validator: Validator, value: unknown): readonly string[] {
  return validator
    .validate(value)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

/** What a reference in the description leads to. */
export function follow(description: ApiDescription, node: unknown): unknown {
  if (typeof node !== 'object' || node === null || !('$ref' in node)) return node;
  return String(node.$ref)
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => Object(at)[key.replaceAll('~1', '/').replaceAll('~0', '~')], description);
}
