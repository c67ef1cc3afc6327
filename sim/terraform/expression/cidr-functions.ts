/** Terraform's functions on CIDR blocks. */

import { type Cidr, formatAddress, formatCidr, lastValueOf, parseCidr } from '../cidr.ts';
import { listOf, markedAs, STRING } from '../types/terraform-type.ts';
import type { Value } from '../value.ts';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  integerArgument,
  TEXT,
  textArgument,
  WHOLE,
} from './terraform-function.ts';

/** Terraform's own limit: it counts bits in a number of 32. */
const NEW_BITS_MAX = 32;

export const CIDR_FUNCTIONS: FunctionTable = {
  cidrhost: define([TEXT, WHOLE], (values) => cidrHost(cidrArgument(values), integerArgument(values, 1))),
  cidrnetmask: define([TEXT], (values) => cidrNetmask(cidrArgument(values))),
  cidrsubnet: define([TEXT, WHOLE, WHOLE], (values) =>
    formatCidr(subnetOf(cidrArgument(values), integerArgument(values, 1), integerArgument(values, 2))),
  ),
  cidrsubnets: define([TEXT], (values) => cidrSubnets(cidrArgument(values), values), { rest: WHOLE }),
};

/** Zeros in front of a number are Terraform's to take; they do not make it octal. */
function cidrArgument(values: readonly Value[]): Cidr {
  const text = textArgument(values, 0);
  const plain = text.replace(/\/0+(?=\d)/, '/');
  const cidr = parseCidr(plain.includes(':') ? plain : plain.replaceAll(/(^|\.)0+(?=\d)/g, '$1'));
  if (cidr === undefined) throw new ArgumentProblem(`"${text}" is not a CIDR block`);
  if (cidr.family === 6 && cidr.base >> 32n === 0xffffn && cidr.prefix >= 96) {
    throw new ArgumentProblem('blocks of IPv4 addresses in IPv6 form are not computed with', {
      isLimit: true,
    });
  }
  return cidr;
}

function bitsOf(cidr: Cidr): number {
  return cidr.family === 4 ? 32 : 128;
}

function cidrNetmask(cidr: Cidr): string {
  if (cidr.family !== 4) throw new ArgumentProblem('a netmask exists for IPv4 alone');
  const mask = (2n ** 32n - 1n) ^ (2n ** BigInt(32 - cidr.prefix) - 1n);
  return formatAddress({ family: 4, value: mask });
}

function subnetOf(cidr: Cidr, newBits: number, number: number): Cidr {
  const prefix = cidr.prefix + newBits;
  if (newBits < 0 || number < 0)
    throw new ArgumentProblem('negative numbers are not computed with', { isLimit: true });
  if (prefix > bitsOf(cidr))
    throw new ArgumentProblem(`${newBits} more bits do not fit into /${cidr.prefix}`);
  if (BigInt(number) >= 2n ** BigInt(newBits)) {
    throw new ArgumentProblem(`${newBits} bits do not hold network number ${number}`);
  }
  const base = cidr.base + (BigInt(number) << BigInt(bitsOf(cidr) - prefix));
  return { family: cidr.family, base, prefix };
}

/** One after the other, each at the next place where a block of its size may begin. */
function cidrSubnets(cidr: Cidr, values: readonly Value[]): Value {
  let next = cidr.base;
  const subnets = values.slice(1).map((_, index) => {
    const newBits = integerArgument(values, index + 1);
    const prefix = cidr.prefix + newBits;
    if (newBits < 1 || newBits > NEW_BITS_MAX) {
      throw new ArgumentProblem(`it takes between 1 and ${NEW_BITS_MAX} more bits, not ${newBits}`);
    }
    if (prefix > bitsOf(cidr))
      throw new ArgumentProblem(`${newBits} more bits do not fit into /${cidr.prefix}`);
    const size = 2n ** BigInt(bitsOf(cidr) - prefix);
    const base = ((next + size - 1n) / size) * size;
    next = base + size;
    if (next - 1n > lastValueOf(cidr))
      throw new ArgumentProblem(`the block has no room left for another /${prefix}`);
    return formatCidr({ family: cidr.family, base, prefix });
  });
  return markedAs(subnets, listOf(STRING));
}

/** A negative number counts from the end of the range. */
function cidrHost(cidr: Cidr, number: number): string {
  const size = 2n ** BigInt(bitsOf(cidr) - cidr.prefix);
  const offset = number < 0 ? size + BigInt(number) : BigInt(number);
  if (offset < 0n || offset >= size)
    throw new ArgumentProblem(`/${cidr.prefix} does not hold host number ${number}`);
  return formatAddress({ family: cidr.family, value: cidr.base + offset });
}
