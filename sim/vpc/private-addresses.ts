/**
 * Private addresses: those that the configuration fixes, and for all others the next free one of the subnet from
 * .20 on, so that the same configuration always gets the same. AWS keeps a subnet's first four and its last.
 */

import {
  type Cidr,
  containsAddress,
  formatAddress,
  invalid,
  lastValueOf,
  parseAddress,
  parseCidr,
  type Site,
} from '../terraform/index.ts';
import type { MachinePlan } from './machine-plan.ts';

const RESERVED_AT_START = 4n;
const FIRST_ASSIGNED = 20n;

/** In the order of the plans. */
export function assignPrivateAddresses(plans: readonly MachinePlan[]): readonly string[] {
  const taken = new Map<string, Site>();
  const fixed = plans.map((plan) => plan.privateAddress && fixedAddress(plan, plan.privateAddress, taken));
  const next = new Map<string, bigint>();
  return plans.map((plan, index) => fixed[index] ?? nextFree(plan, { taken, next }));
}

function fixedAddress(
  plan: MachinePlan,
  given: { readonly value: string; readonly site: Site },
  taken: Map<string, Site>,
): string {
  const address = parseAddress(given.value);
  if (address?.family !== 4) {
    throw invalid(given.site, { reason: `"${given.value}" is not an IPv4 address`, nextStep: 'correct it' });
  }
  const block = blockOf(plan);
  if (!containsAddress(block, address)) {
    const reason = `${given.value} lies outside ${plan.subnet.address} (${plan.subnet.cidr})`;
    throw invalid(given.site, { reason, nextStep: "choose an address of the subnet's block" });
  }
  if (address.value < block.base + RESERVED_AT_START || address.value === lastValueOf(block)) {
    const reason = `AWS keeps ${given.value} of ${plan.subnet.cidr} for itself`;
    throw invalid(given.site, {
      reason,
      nextStep: 'avoid the first four addresses of a subnet, and its last',
    });
  }
  const text = formatAddress(address);
  const key = `${plan.subnet.vpc} ${text}`;
  const before = taken.get(key);
  if (before !== undefined) {
    throw invalid(given.site, {
      reason: `${before.address} has ${text} already`,
      nextStep: 'choose another address',
    });
  }
  taken.set(key, given.site);
  return text;
}

function nextFree(
  plan: MachinePlan,
  state: { readonly taken: Map<string, Site>; readonly next: Map<string, bigint> },
): string {
  const { subnet } = plan;
  const block = blockOf(plan);
  const first = block.base + RESERVED_AT_START;
  const usable = lastValueOf(block) - first;
  const start = block.base + FIRST_ASSIGNED < lastValueOf(block) ? FIRST_ASSIGNED - RESERVED_AT_START : 0n;
  for (let step = state.next.get(subnet.address) ?? 0n; step < usable; step += 1n) {
    const text = formatAddress({ family: 4, value: first + ((start + step) % usable) });
    if (state.taken.has(`${subnet.vpc} ${text}`)) continue;
    state.next.set(subnet.address, step + 1n);
    return text;
  }
  const reason = `its block ${subnet.cidr} has no address left for ${plan.address}`;
  throw invalid(subnet.site, { reason, nextStep: 'give the subnet a larger block' });
}

function blockOf(plan: MachinePlan): Cidr {
  const block = parseCidr(plan.subnet.cidr);
  if (block === undefined) throw new TypeError(`${plan.subnet.cidr} was not checked`);
  return block;
}
