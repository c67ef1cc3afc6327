/**
 * How data sources find the VPC that every account comes with, its subnets and what else came with it. A subnet of it
 * has a stand-in for an id, which names its zone, so that it can be looped over; no other VPC is ever answered with it.
 */

import type { Fields } from './fields.ts';
import { isSymbolic, type Reference, toText, type Value } from './value.ts';

/** References name it so, whether or not an `aws_default_vpc` adopts it. */
export const DEFAULT_VPC = 'aws_default_vpc';

const SUBNET_ID = /^subnet-stand-in:([a-z0-9-]+)$/;
const ZONES = ['a', 'b', 'c'] as const;

export function defaultSubnetId(zone: string): string {
  return `subnet-stand-in:${zone}`;
}

/** The zone of a subnet of the default VPC, by its stand-in id. */
export function zoneOfDefaultSubnet(id: Value): string | undefined {
  return typeof id === 'string' ? SUBNET_ID.exec(id)?.[1] : undefined;
}

export function isDefaultVpcData(fields: Fields): boolean {
  return isTrue(fields.value('default')?.value) || isTrue(filtersOf(fields).get('is-default')?.[0]);
}

/**
 * Zones of the default VPC's subnets that an `aws_subnets`, `aws_subnet_ids` or `aws_subnet` finds; undefined where it
 * looks elsewhere, or for what is not known of them.
 */
export function defaultZonesFound(fields: Fields, region: string): readonly string[] | undefined {
  const byId = zoneOfDefaultSubnet(fields.value('id')?.value ?? null);
  if (byId !== undefined) return [byId];
  const filters = filtersOf(fields);
  const inZones = [
    fields.value('availability_zone')?.value ?? [],
    filters.get('availability-zone') ?? [],
  ].flat();
  const rest = [...filters.keys()].filter((name) => !HARMLESS.has(name));
  if (rest.length > 0 || fields.isWritten('tags') || fields.isWritten('id')) return undefined;
  const vpcs = [...(filters.get('vpc-id') ?? []), fields.value('vpc_id')?.value ?? []].flat();
  const isOfDefault =
    vpcs.length > 0
      ? vpcs.every(isDefaultVpc)
      : isTrue(filters.get('default-for-az')?.[0]) || isTrue(fields.value('default_for_az')?.value);
  if (!isOfDefault || inZones.some((zone) => toText(zone) === undefined)) return undefined;
  const zones = ZONES.map((letter) => `${region}${letter}`);
  return inZones.length === 0 ? zones : zones.filter((zone) => inZones.includes(zone));
}

const HARMLESS: ReadonlySet<string> = new Set([
  'vpc-id',
  'availability-zone',
  'default-for-az',
  'map-public-ip-on-launch',
  'state',
]);

/** What comes with every VPC: its default group, its main route table. */
export function ofItsVpc(fields: Fields, attribute: string): Reference | undefined {
  const vpc = fields.value('vpc_id')?.value ?? filtersOf(fields).get('vpc-id')?.[0];
  const isVpc = vpc !== undefined && isReference(vpc) && vpc.attribute === 'id' && VPC.test(vpc.address);
  return isVpc ? { kind: 'reference', address: vpc.address, attribute } : undefined;
}

export function isNamedDefault(fields: Fields): boolean {
  const name = fields.value('name')?.value ?? filtersOf(fields).get('group-name')?.[0];
  return name === 'default';
}

export function isMainTable(fields: Fields): boolean {
  const vpc = fields.value('vpc_id')?.value;
  const filters = filtersOf(fields);
  return isTrue(filters.get('association.main')?.[0]) || (vpc !== undefined && isDefaultVpc(vpc));
}

const VPC = /(^|\.)aws(_default)?_vpc(\.[^.]+)?$/;
const DEFAULT = /(^|\.)aws_default_vpc(\.[^.]+)?$/;

function isDefaultVpc(value: Value): boolean {
  return isReference(value) && value.attribute === 'id' && DEFAULT.test(value.address);
}

function isReference(value: Value): value is Reference {
  return isSymbolic(value) && value.kind === 'reference';
}

function isTrue(value: Value | undefined): boolean {
  return value === true || value === 'true';
}

/** `filter` blocks: EC2 takes `defaultForAz` for `default-for-az`. */
function filtersOf(fields: Fields): ReadonlyMap<string, readonly Value[]> {
  return new Map(
    fields.blocks('filter').map((filter) => {
      const name = toText(filter.value('name')?.value ?? null) ?? '';
      const values = filter.value('values')?.value ?? null;
      const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return [name.includes(':') ? name : kebab, Array.isArray(values) ? values : [values]];
    }),
  );
}
