/**
 * The VPC that every account comes with: 172.31.0.0/16, a public subnet for each zone, an internet gateway and a main
 * route table that leads to it. It is part of the model where something lives in it or adopts it. Which of its blocks
 * AWS gave to which zone is not to be known; here the zones take them in alphabetical order.
 */

import {
  convertOr,
  DEFAULT_VPC,
  defaultZonesFound,
  isDefaultVpcData,
  isSymbolic,
  placeOf,
  toText,
} from '../terraform/index.ts';
import type { BuildContext, OpenBlock } from './build-context.ts';
import { hasServicesInDefaultVpc } from './endpoints/default-vpc-services.ts';
import type { Place } from './model.ts';
import { quietly } from './reading.ts';

export const DEFAULT_VPC_CIDR = '172.31.0.0/16';

export interface DefaultVpc {
  /** Of the `aws_default_vpc` that adopts it; without one, that type alone. */
  readonly address: string;
  readonly adoption?: OpenBlock;
}

export function defaultVpcOf(context: BuildContext): DefaultVpc {
  const [adoption] = context.resources('aws_default_vpc');
  return adoption === undefined ? { address: DEFAULT_VPC } : { address: adoption.address, adoption };
}

export function usesDefaultVpc(context: BuildContext): boolean {
  const has = (type: string) => context.resources(type).length > 0;
  const lacksVpc = (type: string) =>
    context.resources(type).some(({ fields }) => !fields.isWritten('vpc_id'));
  return (
    has('aws_default_vpc') ||
    has('aws_default_subnet') ||
    lacksVpc('aws_security_group') ||
    lacksVpc('aws_default_security_group') ||
    zonesWithoutSubnet(context).length > 0 ||
    [...context.configuration.dataSources.keys()].some((address) => isDefaultData(context, address))
  );
}

/** `data "aws_vpc" { default = true }`. */
export function isDefaultData(context: BuildContext, address: string): boolean {
  const data = context.dataSource(address);
  if (data?.block.type !== 'aws_vpc') return false;
  return quietly(context, () => isDefaultVpcData(data.fields)) === true;
}

export interface DefaultSubnet {
  readonly zone: string;
  readonly address: string;
  readonly cidr: string;
  readonly place?: Place;
  readonly adoption?: OpenBlock;
}

/** Those that are adopted, those in which a machine without subnet lands, and those that data sources find. Throws where two adopt the same. */
export function defaultSubnets(context: BuildContext): readonly DefaultSubnet[] {
  const adopted = context.resources('aws_default_subnet').flatMap((adoption): DefaultSubnet[] => {
    const { address, fields } = adoption;
    const zone = context.problems.attempt(() => {
      const found = fields.required('availability_zone', fields.value('availability_zone'));
      return convertOr(found, 'a string', toText);
    });
    if (zone.kind !== 'known') return [];
    const cidr = defaultSubnetCidr(zone.value);
    return [{ zone: zone.value, address, cidr, place: placeOf(fields.site), adoption }];
  });
  const taken = new Set(adopted.map(({ zone }) => zone));
  const others = zonesWithoutSubnet(context).filter((zone) => !taken.has(zone));
  const { address } = defaultVpcOf(context);
  return [
    ...adopted,
    ...[...new Set(others)].sort().map((zone) => ({
      zone,
      address: subnetAddress(address, zone),
      cidr: defaultSubnetCidr(zone),
    })),
  ];
}

/** Of the default subnet of a zone: its adoption's, or one of its own. */
export function defaultSubnetAddress(context: BuildContext, zone: string): string {
  const adoption = context.resources('aws_default_subnet').find(({ fields }) => {
    return quietly(context, () => fields.textIfKnown('availability_zone')) === zone;
  });
  return adoption?.address ?? subnetAddress(defaultVpcOf(context).address, zone);
}

function subnetAddress(vpc: string, zone: string): string {
  return `${vpc}.subnet[${JSON.stringify(zone)}]`;
}

/** 172.31.0.0/20 for zone a, 172.31.16.0/20 for b, … */
export function defaultSubnetCidr(zone: string): string {
  const letter = zone.at(-1) ?? 'a';
  const index = Math.max(0, letter.charCodeAt(0) - 'a'.charCodeAt(0)) % 16;
  return `172.31.${16 * index}.0/20`;
}

/** Of machines and services that name no subnet. */
function zonesWithoutSubnet(context: BuildContext): readonly string[] {
  const first = `${context.settings.region}a`;
  const machines = context.resources('aws_instance').flatMap(({ fields }) => {
    const isPlaced = ['subnet_id', 'network_interface', 'primary_network_interface', 'launch_template'].some(
      (name) => fields.isWritten(name),
    );
    const zone = quietly(context, () => fields.value('availability_zone'))?.value;
    return isPlaced ? [] : [textOf(zone) ?? first];
  });
  const inZones = ['aws_autoscaling_group', 'aws_elb'].flatMap(context.resources);
  const groups = inZones.flatMap(({ fields }) => {
    const isPlaced = fields.isWritten('vpc_zone_identifier') || fields.isWritten('subnets');
    if (isPlaced || !fields.isWritten('availability_zones')) return [];
    const zones = context.problems.attempt(() => fields.list('availability_zones'));
    if (zones.kind !== 'known') return [];
    return zones.value.map(({ value }) => textOf(value)).filter((zone) => zone !== undefined);
  });
  // AWS asks for two zones, or more, wherever a service is to survive the loss of one.
  const services = hasServicesInDefaultVpc(context) ? [first, `${context.settings.region}b`] : [];
  return [...machines, ...groups, ...services, ...zonesFound(context)];
}

const SUBNET_DATA: ReadonlySet<string> = new Set(['aws_subnet', 'aws_subnets', 'aws_subnet_ids']);

/** By data sources that look for them. */
function zonesFound(context: BuildContext): readonly string[] {
  return [...context.configuration.dataSources.values()]
    .filter(({ type }) => SUBNET_DATA.has(type))
    .flatMap(({ address }) => {
      const fields = context.dataSource(address)?.fields;
      return (fields && quietly(context, () => defaultZonesFound(fields, context.settings.region))) ?? [];
    });
}

function textOf(value: Parameters<typeof isSymbolic>[0] | undefined): string | undefined {
  return value === undefined || isSymbolic(value) ? undefined : toText(value);
}
