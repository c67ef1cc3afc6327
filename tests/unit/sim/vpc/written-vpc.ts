/** A VPC to which tests add what they are about. */

import { buildVpcModel, type VpcModel } from '../../../../sim/vpc/index.ts';
import { configurationOf, type Failure, failureOf } from '../terraform/written.ts';

export type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** `${address.attribute}`, as Terraform JSON writes a reference. */
export function ref(reference: string): string {
  return `\${${reference}}`;
}

const vpc_id = ref('aws_vpc.main.id');

export const BASE: Resources = {
  aws_vpc: { main: { cidr_block: '10.0.0.0/16' } },
  aws_subnet: {
    a: { vpc_id, cidr_block: '10.0.1.0/24', availability_zone: 'eu-west-1a' },
    b: { vpc_id, cidr_block: '10.0.2.0/24', availability_zone: 'eu-west-1b' },
  },
  aws_internet_gateway: { main: { vpc_id } },
  aws_security_group: { one: { vpc_id, name: 'one' }, two: { vpc_id, name: 'two' } },
};

/** Resources of the same type are added to those of the base; of the same address they take their place. */
export function modelOf(resources: Resources, document: object = {}): VpcModel {
  const merged: Record<string, object> = { ...BASE };
  for (const [type, blocks] of Object.entries(resources)) merged[type] = { ...BASE[type], ...blocks };
  const provider = { aws: [{ region: 'eu-west-1' }] };
  return buildVpcModel(configurationOf({ provider, resource: merged, ...document }));
}

/** One line for each failure: code, address, field and reason. */
export function refusalOf(resources: Resources, document: object = {}): string {
  return line(failureOf(() => modelOf(resources, document)));
}

/** What the model lists as not known or not modelled: `address: reason [what it touches]`. */
export function carriedOf(resources: Resources, document: object = {}): readonly string[] {
  return modelOf(resources, document).unmodelled.map(
    ({ address, reason, touches }) => `${address}: ${reason} [${touches}]`,
  );
}

/** One line for each of several mistakes, in the order in which they are told. */
export function mistakesOf(resources: Resources, document: object = {}): readonly string[] {
  const { code, details, message } = failureOf(() => modelOf(resources, document));
  if (code !== 'SIM_TERRAFORM_PROBLEMS' || !Array.isArray(details.problems)) throw new Error(message);
  return details.problems.map(({ address, field, reason }) =>
    [address, ...(field === undefined ? [] : [field])].join(' ').concat(`: ${reason}`),
  );
}

function line({ code, details, message }: Failure): string {
  const { file, line, address, field, reason } = details;
  if (file !== 'main.tf.json' || typeof line !== 'number' || message.includes('\n')) throw new Error(message);
  return `${code.replace('SIM_TERRAFORM_', '')} ${address}${field === undefined ? '' : ` ${field}`}: ${reason}`;
}
