/** IPv6 addresses: those that the configuration fixes, and for all others the next free one of the subnet from ::14 on. */

import {
  type Cidr,
  containsAddress,
  formatAddress,
  invalid,
  type Problems,
  parseAddress,
  parseCidr,
  type Site,
} from '../../terraform/index.ts';
import type { EndpointSubnet } from './endpoint-input.ts';
import type { InterfacePlan, Written } from './interface-plan.ts';
import { takeOnce } from './private-addresses.ts';

const FIRST_ASSIGNED = 20n;

type Ipv6 = NonNullable<InterfacePlan['ipv6']>;

export interface Ipv6Addresses {
  fix(subnet: EndpointSubnet, written: Written): string | undefined;
  next(subnet: EndpointSubnet, ipv6: Ipv6): string | undefined;
}

/** Mistakes are problems, and then there is no address. */
export function ipv6Addresses(problems: Problems): Ipv6Addresses {
  const taken = new Map<string, Site>();
  const steps = new Map<string, bigint>();
  const known = (run: () => string) => {
    const attempted = problems.attempt(run);
    return attempted.kind === 'known' ? attempted.value : undefined;
  };
  return {
    fix: (subnet, written) => known(() => fixedAddress(subnet, written, taken)),
    next: (subnet, ipv6) =>
      known(() => {
        const { base } = blockOf(subnet, ipv6.site);
        for (let step = steps.get(subnet.address) ?? FIRST_ASSIGNED; ; step += 1n) {
          const text = formatAddress({ family: 6, value: base + step });
          if (taken.has(text)) continue;
          steps.set(subnet.address, step + 1n);
          return text;
        }
      }),
  };
}

function fixedAddress(subnet: EndpointSubnet, written: Written, taken: Map<string, Site>): string {
  const address = parseAddress(written.value);
  if (address?.family !== 6) {
    const reason = `"${written.value}" is not an IPv6 address`;
    throw invalid(written.site, { reason, nextStep: 'correct it' });
  }
  if (!containsAddress(blockOf(subnet, written.site), address)) {
    const reason = `${written.value} lies outside ${subnet.address} (${subnet.ipv6Cidr})`;
    throw invalid(written.site, { reason, nextStep: "choose an address of the subnet's block" });
  }
  const text = formatAddress(address);
  takeOnce(taken, { key: text, text, site: written.site });
  return text;
}

function blockOf(subnet: EndpointSubnet, site: Site): Cidr {
  const block = subnet.ipv6Cidr === undefined ? undefined : parseCidr(subnet.ipv6Cidr);
  if (block !== undefined) return block;
  const reason = `${subnet.address} has no IPv6 block`;
  throw invalid(site, { reason, nextStep: 'give the subnet an ipv6_cidr_block' });
}
