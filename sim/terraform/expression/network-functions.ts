/** Terraform's functions on CIDR blocks. */

import { type Cidr, formatAddress, formatCidr, parseCidr } from '../cidr.ts';
import type { Value } from '../value.ts';
import { ArgumentProblem, type FunctionTable, integerArgument, textArgument } from './terraform-function.ts';

export const NETWORK_FUNCTIONS: FunctionTable = {
  cidrsubnet: {
    argumentsMin: 3,
    argumentsMax: 3,
    strictness: 'deep',
    apply: (values) =>
      cidrSubnet(cidrArgument(values, 0), integerArgument(values, 1), integerArgument(values, 2)),
  },
  cidrhost: {
    argumentsMin: 2,
    argumentsMax: 2,
    strictness: 'deep',
    apply: (values) => cidrHost(cidrArgument(values, 0), integerArgument(values, 1)),
  },
  cidrnetmask: {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'deep',
    apply: (values) => {
      const cidr = cidrArgument(values, 0);
      if (cidr.family !== 4) throw new ArgumentProblem('a netmask exists for IPv4 alone');
      const mask = (2n ** 32n - 1n) ^ (2n ** BigInt(32 - cidr.prefix) - 1n);
      return formatAddress({ family: 4, value: mask });
    },
  },
};

function cidrArgument(values: readonly Value[], index: number): Cidr {
  const text = textArgument(values, index);
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new ArgumentProblem(`"${text}" is not a CIDR block`);
  return cidr;
}

function cidrSubnet(cidr: Cidr, newBits: number, number: number): string {
  const bits = cidr.family === 4 ? 32 : 128;
  const prefix = cidr.prefix + newBits;
  if (newBits < 0 || prefix > bits)
    throw new ArgumentProblem(`${newBits} more bits do not fit into /${cidr.prefix}`);
  if (number < 0 || BigInt(number) >= 2n ** BigInt(newBits)) {
    throw new ArgumentProblem(`${newBits} bits do not hold network number ${number}`);
  }
  return formatCidr({
    family: cidr.family,
    base: cidr.base + (BigInt(number) << BigInt(bits - prefix)),
    prefix,
  });
}

/** A negative number counts from the end of the range. */
function cidrHost(cidr: Cidr, number: number): string {
  const size = 2n ** BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefix);
  const offset = number < 0 ? size + BigInt(number) : BigInt(number);
  if (offset < 0n || offset >= size)
    throw new ArgumentProblem(`/${cidr.prefix} does not hold host number ${number}`);
  return formatAddress({ family: cidr.family, value: cidr.base + offset });
}
