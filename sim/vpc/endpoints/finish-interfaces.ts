/**
 * Gives interfaces and NAT gateways their ids and addresses, in an order that does not depend on how the configuration
 * is written down: machines first, so that theirs stay what they are when something else is added.
 */

import { type Cidr, type Problems, parseCidr, type Site, unsupported } from '../../terraform/index.ts';
import type { Instance, NetworkInterface } from '../model.ts';
import { compareNaturally } from '../natural-order.ts';
import type { EndpointContext, EndpointSubnet, NatAddress, NatPlan } from './endpoint-input.ts';
import { interfaceIds } from './interface-ids.ts';
import { type InterfaceIndex, interfaceIndex } from './interface-index.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { ipv6Addresses } from './ipv6-addresses.ts';
import { type Addressee, privateAddresses } from './private-addresses.ts';
import { publicAddresses } from './public-addresses.ts';

export interface FinishedInterfaces {
  readonly index: InterfaceIndex;
  readonly interfaces: readonly NetworkInterface[];
  readonly instances: readonly Instance[];
  readonly natAddresses: ReadonlyMap<string, NatAddress>;
}

interface PlacedNat extends NatPlan {
  readonly site: Site;
  readonly addressee: Addressee;
}

export function finishInterfaces(
  context: EndpointContext,
  plans: readonly InterfacePlan[],
  options: { readonly isPublic: (plan: InterfacePlan) => boolean; readonly named: readonly Cidr[] },
): FinishedInterfaces {
  const { problems } = context.context;
  const ordered = ordering(plans);
  const nats = placedNats(context);
  const addressOf = assignAddresses(problems, { ordered, nats });
  const nextId = interfaceIds();
  const identified = ordered.map((plan) => ({
    plan,
    id: nextId(plan.name, plan.machine ? 'machine' : plan.kind),
  }));
  identified.sort((left, right) => compareNaturally(left.id, right.id));
  const pool = publicAddresses(options.named);
  const nextPublic = (site: Site) => {
    const next = pool.next();
    if (next.done !== true) return next.value;
    const reason = 'no stand-in for a public address is left that the configuration does not single out';
    problems.add(unsupported(site, { reason, nextStep: 'simulate fewer public addresses' }));
    return undefined;
  };
  const built = identified.map(({ plan, id }) => {
    const publicAddress = options.isPublic(plan) ? nextPublic(plan.subnet.site) : undefined;
    return { plan, networkInterface: interfaceOf(plan, { id, publicAddress, ...addressOf(plan) }) };
  });
  return {
    index: interfaceIndex(built),
    interfaces: built.map(({ networkInterface }) => networkInterface),
    instances: built.flatMap(({ plan, networkInterface }) => instanceOf(plan, networkInterface)),
    natAddresses: new Map(
      nats.map((nat) => {
        const { privateAddress } = addressOf(nat.addressee);
        const publicAddress = nat.wantsPublic ? nextPublic(nat.site) : undefined;
        return [nat.address, { privateAddress, ...(publicAddress === undefined ? {} : { publicAddress }) }];
      }),
    ),
  };
}

function ordering(plans: readonly InterfacePlan[]): readonly InterfacePlan[] {
  const byEndpoint = (left: InterfacePlan, right: InterfacePlan) =>
    compareNaturally(left.endpoint, right.endpoint);
  return [
    ...plans.filter(({ machine }) => machine !== undefined).sort(byEndpoint),
    ...plans.filter(({ machine }) => machine === undefined).sort(byEndpoint),
  ];
}

function placedNats(context: EndpointContext): readonly PlacedNat[] {
  return context.natGateways
    .toSorted((left, right) => compareNaturally(left.address, right.address))
    .flatMap((nat) => {
      const subnet = context.subnetOf.get(nat.subnet);
      if (subnet === undefined) return [];
      const addressee = {
        address: nat.address,
        subnet,
        ...(nat.fixed === undefined ? {} : { fixedAddress: nat.fixed }),
      };
      return [{ ...nat, site: subnet.site, addressee }];
    });
}

interface Addresses {
  readonly privateAddress: string;
  readonly ipv6Address?: string;
}

/** Fixed ones first: the others go around them. A subnet that is full is a problem, once. */
function assignAddresses(
  problems: Problems,
  { ordered, nats }: { readonly ordered: readonly InterfacePlan[]; readonly nats: readonly PlacedNat[] },
): (addressee: Addressee) => Addresses {
  const ipv4 = privateAddresses(problems);
  const ipv6 = ipv6Addresses(problems);
  const addressees: readonly Addressee[] = [...ordered, ...nats.map(({ addressee }) => addressee)];
  const chosen = new Map<Addressee, string>();
  for (const addressee of addressees) {
    const fixed = addressee.fixedAddress && ipv4.fix(addressee, addressee.fixedAddress);
    if (fixed !== undefined) chosen.set(addressee, fixed);
  }
  const fixedIpv6 = new Map(
    ordered.flatMap(({ endpoint, subnet, ipv6: wanted }) => {
      const address = wanted?.fixed && ipv6.fix(subnet, wanted.fixed);
      return address === undefined ? [] : [[endpoint, address] as const];
    }),
  );
  const ipv6Of = new Map(fixedIpv6);
  for (const { endpoint, subnet, ipv6: wanted } of ordered) {
    const next = wanted === undefined || wanted.fixed !== undefined ? undefined : ipv6.next(subnet, wanted);
    if (next !== undefined) ipv6Of.set(endpoint, next);
  }
  const full = new Set<EndpointSubnet>();
  for (const addressee of addressees) {
    if (chosen.has(addressee) || full.has(addressee.subnet)) continue;
    const next = problems.attempt(() => ipv4.next(addressee));
    if (next.kind === 'known') chosen.set(addressee, next.value);
    else full.add(addressee.subnet);
  }
  return (addressee) => {
    const ipv6Address = 'endpoint' in addressee ? ipv6Of.get(String(addressee.endpoint)) : undefined;
    // Without an address there is a problem, and the model is never handed out.
    return {
      privateAddress: chosen.get(addressee) ?? '',
      ...(ipv6Address === undefined ? {} : { ipv6Address }),
    };
  };
}

function interfaceOf(
  plan: InterfacePlan,
  given: Addresses & { readonly id: string; readonly publicAddress: string | undefined },
): NetworkInterface {
  const { id, privateAddress, ipv6Address, publicAddress } = given;
  const publicCause = publicAddress === undefined ? plan.publicChoice.cause : undefined;
  const uncertain = {
    ...(plan.groupsCause === undefined ? {} : { securityGroups: plan.groupsCause }),
    ...(publicCause === undefined ? {} : { publicAddress: publicCause }),
  };
  return {
    id,
    endpoint: plan.endpoint,
    address: plan.address,
    ...(plan.place === undefined ? {} : { place: plan.place }),
    kind: plan.kind,
    subnet: plan.subnet.address,
    privateAddress,
    ...(ipv6Address === undefined ? {} : { ipv6Address }),
    ...(publicAddress === undefined ? {} : { publicAddress }),
    securityGroups: plan.securityGroups,
    ...(Object.keys(uncertain).length === 0 ? {} : { uncertain }),
  };
}

function instanceOf(
  { machine, subnet, address }: InterfacePlan,
  networkInterface: NetworkInterface,
): Instance[] {
  if (machine === undefined) return [];
  return [
    {
      id: networkInterface.id,
      address,
      availabilityZone: subnet.availabilityZone,
      tags: Object.fromEntries(machine.tags),
      ...(machine.userData === undefined ? {} : { userData: machine.userData }),
      networkInterface,
    },
  ];
}

/** What of a text is a block; what is none overlaps nothing. */
export function blocksOf(texts: Iterable<string>): readonly Cidr[] {
  return [...texts].map(parseCidr).filter((cidr) => cidr !== undefined);
}
