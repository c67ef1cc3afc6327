/**
 * Private IPv4 addresses: those that the configuration fixes, and for all others the next free one of the subnet from
 * .20 on, so that the same configuration always gets the same. AWS keeps a subnet's first four and its last.
 */

import {
  type Cidr,
  containsAddress,
  formatAddress,
  invalid,
  lastValueOf,
  type Problems,
  parseAddress,
  parseCidr,
  type Site,
} from '../../terraform/index.ts';
import type { EndpointSubnet } from './endpoint-input.ts';
import type { Written } from './interface-plan.ts';

const RESERVED_AT_START = 4n;
const FIRST_ASSIGNED = 20n;

/** What needs an address. */
export interface Addressee {
  /** For messages. */
  readonly address: string;
  readonly subnet: EndpointSubnet;
  readonly fixedAddress?: Written;
}

export interface PrivateAddresses {
  /** Marks it as taken; wrong ones are problems. The canonical text. */
  fix(addressee: Addressee, written: Written): string | undefined;
  /** @throws SIM_TERRAFORM_INVALID where the subnet is full. */
  next(addressee: Addressee): string;
}

export function privateAddresses(problems: Problems): PrivateAddresses {
  const taken = new Map<string, Site>();
  const steps = new Map<string, bigint>();
  return {
    fix(addressee, written) {
      const attempted = problems.attempt(() => fixedAddress(addressee.subnet, written, taken));
      return attempted.kind === 'known' ? attempted.value : undefined;
    },
    next: (addressee) => nextFree(addressee, { taken, steps }),
  };
}

function fixedAddress(subnet: EndpointSubnet, written: Written, taken: Map<string, Site>): string {
  const address = parseAddress(written.value);
  if (address?.family !== 4) {
    const reason = `"${written.value}" is not an IPv4 address`;
    throw invalid(written.site, { reason, nextStep: 'correct it' });
  }
  const block = blockOf(subnet);
  if (!containsAddress(block, address)) {
    const reason = `${written.value} lies outside ${subnet.address} (${subnet.cidr})`;
    throw invalid(written.site, { reason, nextStep: "choose an address of the subnet's block" });
  }
  if (address.value < block.base + RESERVED_AT_START || address.value === lastValueOf(block)) {
    const reason = `AWS keeps ${written.value} of ${subnet.cidr} for itself`;
    const nextStep = 'avoid the first four addresses of a subnet, and its last';
    throw invalid(written.site, { reason, nextStep });
  }
  const text = formatAddress(address);
  takeOnce(taken, { key: `${subnet.vpc} ${text}`, text, site: written.site });
  return text;
}

export function takeOnce(
  taken: Map<string, Site>,
  { key, text, site }: { readonly key: string; readonly text: string; readonly site: Site },
): void {
  const before = taken.get(key);
  if (before !== undefined) {
    const reason = `${before.address} has ${text} already`;
    throw invalid(site, { reason, nextStep: 'choose another address' });
  }
  taken.set(key, site);
}

function nextFree(
  { address, subnet }: Addressee,
  state: { readonly taken: ReadonlyMap<string, Site>; readonly steps: Map<string, bigint> },
): string {
  const block = blockOf(subnet);
  const first = block.base + RESERVED_AT_START;
  const usable = lastValueOf(block) - first;
  const start = block.base + FIRST_ASSIGNED < lastValueOf(block) ? FIRST_ASSIGNED - RESERVED_AT_START : 0n;
  for (let step = state.steps.get(subnet.address) ?? 0n; step < usable; step += 1n) {
    const text = formatAddress({ family: 4, value: first + ((start + step) % usable) });
    if (state.taken.has(`${subnet.vpc} ${text}`)) continue;
    state.steps.set(subnet.address, step + 1n);
    return text;
  }
  const reason = `its block ${subnet.cidr} has no address left for ${address}`;
  throw invalid(subnet.site, { reason, nextStep: 'give the subnet a larger block' });
}

function blockOf(subnet: EndpointSubnet): Cidr {
  const block = parseCidr(subnet.cidr);
  if (block === undefined) throw new TypeError(`${subnet.cidr} was not checked`);
  return block;
}
