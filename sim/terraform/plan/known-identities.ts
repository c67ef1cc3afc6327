/**
 * Ids and ARNs that the plan knows, because what has them is there already, back to the instance that has them: a model
 * joins resources by references, and a plan of something that was built holds plain ids. Public addresses that AWS has
 * given stand for nothing: a model has others in their place.
 */

import type { JsonValue } from '../configuration.ts';
import type { Reference, Symbolic } from '../value.ts';
import { TYPES_BY_PREFIX } from './identities.ts';
import type { PlannedInstance } from './planned-modules.ts';

export type KnownIdentities = (text: string) => Symbolic | undefined;

const ID = /^([a-z]+)-[0-9a-f]{8,32}$/;

/** Attributes of VPCs and machines that are the ids of what AWS makes with them. */
const OF_COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  aws_vpc: ['default_security_group_id', 'main_route_table_id', 'default_network_acl_id'],
  aws_default_vpc: ['default_security_group_id', 'main_route_table_id', 'default_network_acl_id'],
  aws_instance: ['primary_network_interface_id'],
};

export function knownIdentities(instances: readonly PlannedInstance[]): KnownIdentities {
  const found = new Map<string, { readonly reference: Reference; readonly rank: number }>();
  const addresses = new Map<string, string>();
  const add = (text: JsonValue | undefined, reference: Reference, rank: number) => {
    if (typeof text !== 'string') return;
    const before = found.get(text);
    if (before === undefined || rank < before.rank) found.set(text, { reference, rank });
  };
  for (const instance of instances) {
    const { address, kind, type, values } = instance;
    const outside = kind === 'data' ? 10 : 0;
    const { id, arn } = values;
    const prefix = typeof id === 'string' ? (ID.exec(id)?.[1] ?? '') : '';
    const types = Object.hasOwn(TYPES_BY_PREFIX, prefix) ? (TYPES_BY_PREFIX[prefix] ?? []) : [];
    const rank = types.indexOf(type);
    if (rank >= 0) add(id, { kind: 'reference', address, attribute: 'id' }, outside + rank);
    if (typeof arn === 'string' && arn.startsWith('arn:')) {
      add(arn, { kind: 'reference', address, attribute: 'arn' }, outside);
    }
    for (const attribute of OF_COMPANIONS[type] ?? []) {
      const text = values[attribute];
      if (typeof text === 'string' && /^[a-z]+-./.test(text))
        add(text, { kind: 'reference', address, attribute }, 5);
    }
    for (const attribute of GIVEN_ADDRESSES[type] ?? []) {
      const text = values[attribute];
      // A machine without one has the empty text.
      const isGiven = kind === 'resource' && typeof text === 'string' && text !== '';
      if (isGiven) addresses.set(text, `${address}.${attribute}`);
    }
  }
  return (text) => found.get(text)?.reference ?? givenAddress(text, addresses);
}

/** AWS chooses them, and nobody can write which. */
const GIVEN_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  aws_eip: ['public_ip'],
  aws_instance: ['public_ip'],
  aws_nat_gateway: ['public_ip'],
};

function givenAddress(text: string, addresses: ReadonlyMap<string, string>): Symbolic | undefined {
  const owner = addresses.get(text.replace(/\/32$/, ''));
  if (owner === undefined) return undefined;
  return { kind: 'unknown', reason: `it is ${owner}, in place of which another address stands here` };
}
