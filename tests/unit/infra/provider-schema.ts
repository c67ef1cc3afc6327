/**
 * Checks synthesized JSON against the provider's schema: types and arguments that do not exist, are missing, have the wrong
 * type or stand too often. It knows no allowed values, and takes every `${…}` for a value of the right type.
 */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Body, Configuration, Json } from './configuration.ts';

type Type = string | readonly [string, Type | Readonly<Record<string, Type>>];

interface Block {
  readonly attributes?: Readonly<
    Record<string, { readonly type: Type; readonly required?: boolean; readonly optional?: boolean }>
  >;
  readonly block_types?: Readonly<
    Record<string, { readonly block: Block; readonly min_items?: number; readonly max_items?: number }>
  >;
}

export interface ProviderSchema {
  readonly provider: { readonly block: Block };
  readonly resource_schemas: Readonly<Record<string, { readonly block: Block }>>;
  readonly data_source_schemas: Readonly<Record<string, { readonly block: Block }>>;
}

/** Terraform's own arguments, which no provider lists. */
const metaArguments = new Set(['depends_on', 'lifecycle', 'count', 'for_each', 'provider']);

export function readProviderSchema(version: string): ProviderSchema {
  const path = new URL(`../../fixtures/provider-schema/aws-${version}-core.json.gz`, import.meta.url);
  const file = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'));
  return file.provider_schemas['registry.terraform.io/hashicorp/aws'];
}

/** @returns one line for each thing that the provider would refuse. */
export function schemaProblems(configuration: Configuration, schema: ProviderSchema): string[] {
  return [
    ...(configuration.provider.aws?.flatMap((body) =>
      blockProblems('provider.aws', body, schema.provider.block),
    ) ?? []),
    ...kindProblems('', configuration.resource, schema.resource_schemas),
    ...kindProblems('data.', configuration.data, schema.data_source_schemas),
  ];
}

function kindProblems(
  prefix: string,
  types: Configuration['resource'],
  schemas: ProviderSchema['resource_schemas'],
): string[] {
  return Object.entries(types).flatMap(([type, bodies]) => {
    const block = schemas[type]?.block;
    if (block === undefined) return [`${prefix}${type}: no such type`];
    return Object.entries(bodies).flatMap(([name, body]) => {
      const own = Object.entries(body).filter(([key]) => !metaArguments.has(key));
      return blockProblems(`${prefix}${type}.${name}`, Object.fromEntries(own), block);
    });
  });
}

function blockProblems(at: string, body: Body, { attributes = {}, block_types = {} }: Block): string[] {
  const known = Object.entries(body).flatMap(([key, value]) => {
    const attribute = attributes[key];
    if (attribute !== undefined) {
      const isSettable = attribute.required === true || attribute.optional === true;
      return isSettable
        ? valueProblems(`${at}.${key}`, value, attribute.type)
        : [`${at}.${key}: not to be set`];
    }
    const nested = block_types[key];
    if (nested === undefined) return [`${at}.${key}: no such argument`];
    return nestedBodies(value).flatMap((inner) =>
      isBody(inner) ? blockProblems(`${at}.${key}`, inner, nested.block) : [`${at}.${key}: not a block`],
    );
  });
  const missing = Object.entries(attributes)
    .filter(([key, { required }]) => required === true && body[key] === undefined)
    .map(([key]) => `${at}.${key}: missing`);
  const miscounted = Object.entries(block_types).flatMap(([key, { min_items = 0, max_items = Infinity }]) => {
    const count = nestedBodies(body[key]).length;
    return count < min_items || count > max_items ? [`${at}.${key}: stands ${count} times`] : [];
  });
  return [...known, ...missing, ...miscounted];
}

function valueProblems(at: string, value: Json, type: Type): string[] {
  if (typeof value === 'string' && value.startsWith('${')) return [];
  if (typeof type === 'string') return isPrimitive(value, type) ? [] : [`${at}: not a ${type}`];
  const [kind, inner] = type;
  if (kind === 'map' || kind === 'object') {
    if (!isBody(value)) return [`${at}: not a ${kind}`];
    return Object.entries(value).flatMap(([key, member]) => {
      const memberType = kind === 'map' ? (inner as Type) : (inner as Readonly<Record<string, Type>>)[key];
      return memberType === undefined
        ? [`${at}.${key}: no such member`]
        : valueProblems(`${at}.${key}`, member, memberType);
    });
  }
  if (!Array.isArray(value)) return [`${at}: not a ${kind}`];
  return value.flatMap((member, index) => valueProblems(`${at}[${index}]`, member, inner as Type));
}

/** As Terraform converts: a bool or a number may be written as a string. */
function isPrimitive(value: Json, type: string): boolean {
  if (type === 'string') return ['string', 'number', 'boolean'].includes(typeof value);
  if (type === 'bool') return value === true || value === false || value === 'true' || value === 'false';
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

function nestedBodies(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function isBody(value: Json): value is Body {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
