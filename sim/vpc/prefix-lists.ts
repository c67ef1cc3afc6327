/**
 * AWS-managed prefix lists. The real ones change by region and time and are not in a configuration, so each service
 * has a stand-in range from 192.0.2.0/24 (RFC 5737): what is simulated is that a rule or a route means the service.
 */

import { convertOr, type Located, referenceOr, toText, unresolved, type Value } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';

/** Of the services that have gateway endpoints. */
const STAND_IN_RANGES: Readonly<Record<string, string>> = {
  s3: '192.0.2.0/25',
  dynamodb: '192.0.2.128/25',
};

export interface PrefixList {
  /** Of the endpoint or data source through which it is named. */
  readonly address: string;
  readonly cidrs: readonly string[];
}

/** `com.amazonaws.<region>.<service>` to the service, if it is one that has a gateway endpoint and is in the region. */
export function gatewayServiceOf(serviceName: string, region: string): string | undefined {
  const prefix = `com.amazonaws.${region}.`;
  const service = serviceName.startsWith(prefix) ? serviceName.slice(prefix.length) : '';
  return Object.hasOwn(STAND_IN_RANGES, service) ? service : undefined;
}

export function rangesOf(service: string): readonly string[] {
  const range = STAND_IN_RANGES[service];
  return range === undefined ? [] : [range];
}

/** What a `prefix_list_id` stands for: an endpoint's list, or one that a data source finds by name. */
export function prefixListOf(
  context: BuildContext,
  found: Located<Value>,
  options: { readonly region: string },
): PrefixList {
  const reference = referenceOr(found, "a gateway endpoint's prefix_list_id");
  const service = serviceOf(context, reference, options.region);
  if (service !== undefined) return { address: reference.address, cidrs: rangesOf(service) };
  const reason = `${reference.address}.${reference.attribute} is not a prefix list that is known`;
  throw unresolved(found.site, { reason, nextStep: "refer to a gateway endpoint's prefix_list_id" });
}

function serviceOf(
  context: BuildContext,
  reference: { readonly address: string; readonly attribute: string },
  region: string,
): string | undefined {
  const endpoint = context.resources('aws_vpc_endpoint').find(({ address }) => address === reference.address);
  if (endpoint !== undefined) {
    const name = reference.attribute === 'prefix_list_id' ? endpoint.fields.text('service_name') : undefined;
    return name === undefined ? undefined : gatewayServiceOf(name, region);
  }
  const isList = /^data\.(aws_prefix_list|aws_ec2_managed_prefix_list)\./.test(reference.address);
  const data = isList && reference.attribute === 'id' ? context.dataSource(reference.address) : undefined;
  const name = data?.fields.value('name');
  return name && gatewayServiceOf(convertOr(name, 'a string', toText), region);
}
