/** Names as AWS gives them. Numbers and ids that only AWS could choose are stand-ins, the same in every run. */
import { createHash } from 'node:crypto';
import type { LoadBalancer, VpcModel } from '../vpc/model.ts';

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `i-` and 17 digits, as long as AWS's. */
export function instanceId(id: string): string {
  return `i-${digest(id).slice(0, 17)}`;
}

/** The private zone of EC2's host names. */
export function hostZone(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

export function privateHostName(address: string, region: string): string {
  return `ip-${address.replaceAll('.', '-')}.${hostZone(region)}`;
}

export function publicHostName(address: string, region: string): string {
  const zone = region === 'us-east-1' ? 'compute-1' : `${region}.compute`;
  return `ec2-${address.replaceAll('.', '-')}.${zone}.amazonaws.com`;
}

export function loadBalancerName(
  { kind, isInternal, address }: Pick<LoadBalancer, 'kind' | 'isInternal' | 'address'>,
  { name, region }: { readonly name: string; readonly region: string },
): string {
  const number = digest(address);
  if (kind === 'network') return `${name}-${number.slice(0, 16)}.elb.${region}.amazonaws.com`;
  const decimal = BigInt(`0x${number.slice(0, 8)}`)
    .toString()
    .padStart(10, '0');
  return `${isInternal ? 'internal-' : ''}${name}-${decimal}.${region}.elb.amazonaws.com`;
}

/** Where the name is not the service's own. */
const serviceNames: Readonly<Record<string, string>> = { 'ecr.api': 'api.ecr', 'ecr.dkr': 'dkr.ecr' };

export function serviceName(service: string, { region }: Pick<VpcModel, 'region'>): string {
  return `${serviceNames[service] ?? service}.${region}.amazonaws.com`;
}

/** `5.1.0.10.in-addr.arpa` (RFC 1035 §3.5). */
export function reverseName(address: string): string {
  return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
}
