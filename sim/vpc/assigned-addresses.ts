/**
 * Addresses that the simulator gave, as the attributes by which a configuration refers to them: a rule for
 * `"${aws_eip.office.public_ip}/32"` means the machine that has it. Which address AWS will give is not to be known.
 */

import type { Value } from '../terraform/index.ts';
import type { BuiltEndpoints } from './endpoints/endpoint-input.ts';
import type { VpcModel } from './model.ts';

export interface AssignedAddresses {
  /** Undefined where nothing was given, or it is not known whether it was. */
  of(address: string, attribute: string): Value | undefined;
  readonly publicAddresses: ReadonlySet<string>;
}

/** `type.attribute` of what is answered. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  'aws_eip.public_ip',
  'aws_instance.private_ip',
  'aws_instance.public_ip',
  'aws_nat_gateway.private_ip',
  'aws_nat_gateway.public_ip',
  'aws_network_interface.private_ip',
]);

export function isAssigned(type: string, attribute: string): boolean {
  return ATTRIBUTES.has(`${type}.${attribute}`);
}

export function assignedAddresses({
  elastic,
  interfaces,
  natAddresses,
  interfacesOf,
}: Pick<BuiltEndpoints, 'elastic' | 'interfaces' | 'natAddresses' | 'interfacesOf'>): AssignedAddresses {
  const only = (address: string) => {
    const [first, second] = interfacesOf(address);
    return second === undefined ? first : undefined;
  };
  const publicOf = (holder: string) => natAddresses.get(holder)?.publicAddress ?? only(holder)?.publicAddress;
  const elasticHolders = new Set(elastic.values());
  const answers: Readonly<Record<string, (address: string) => string | undefined>> = {
    public_ip: (address) => {
      const holder = elastic.get(address);
      if (holder !== undefined) return publicOf(holder);
      // An elastic address takes the place of the one that the machine was started with.
      return elasticHolders.has(address) && !natAddresses.has(address) ? undefined : publicOf(address);
    },
    private_ip: (address) => natAddresses.get(address)?.privateAddress ?? only(address)?.privateAddress,
  };
  const given = [...natAddresses.values(), ...interfaces].map(({ publicAddress }) => publicAddress);
  return {
    of: (address, attribute) => answers[attribute]?.(address),
    publicAddresses: new Set(given.filter((address) => address !== undefined)),
  };
}

/** Whether rules that name them left the addresses what they were. */
export function haveSameAddresses(one: VpcModel, other: VpcModel): boolean {
  return addressesOf(one) === addressesOf(other);
}

function addressesOf({ interfaces, natGateways }: VpcModel): string {
  return JSON.stringify([
    interfaces.map(({ endpoint, privateAddress, publicAddress }) => [
      endpoint,
      privateAddress,
      publicAddress,
    ]),
    natGateways.map(({ address, privateAddress, publicAddress }) => [address, privateAddress, publicAddress]),
  ]);
}
