/**
 * The router of one VPC. Its forward hook holds network ACLs stateless and in order, only between subnets and never inside
 * one, then what no route takes and what a peering connection does not carry. It keeps no connection state at all.
 */
import type { Direction, VpcModel } from '../vpc/model.ts';
import type { CounterMeaning } from './compiled-fabric.ts';
import type { Counters } from './counters.ts';
import { families, familyOf, nft, ofFamily } from './families.ts';
import { digest, linkNames } from './names.ts';
import { networkAclChain } from './network-acl-rules.ts';
import { matchAddresses } from './rule-match.ts';
import { addressesOf, cidrsOf, type PlacedPeering, type PlacedSubnet, type PlacedVpc } from './topology.ts';
import { unroutedChain } from './unrouted-rules.ts';

type Drop = (meaning: Omit<CounterMeaning, 'namespace' | 'verdict'>) => string;

export function routerRules(model: VpcModel, placed: PlacedVpc, counters: Counters): string {
  const drop: Drop = (meaning) =>
    counters.statement({ namespace: placed.router, verdict: 'deny', ...meaning }, 'drop');
  return [
    'table inet vpc {',
    ...sourceSets(placed),
    ...aclChains(model, placed, counters),
    ...unroutedChain(placed, counters),
    ...placed.peerings.flatMap((peering, index) => peeringChain(placed, peering, { index, drop })),
    ...chain('r_prerouting', 'prerouting priority -150; policy accept', prerouting(placed, drop)),
    ...chain('r_forward', 'forward priority 0; policy drop', forward(model, placed, drop)),
    ...chain('r_input', 'input priority 0; policy drop', input(placed, drop)),
    '}',
    '',
  ].join('\n');
}

function chain(name: string, hook: string, lines: readonly string[]): readonly string[] {
  return [`  chain ${name} {`, `    type filter hook ${hook};`, ...lines.map((line) => `    ${line}`), '  }'];
}

/** Links of interfaces, and the addresses that each may send from. */
function sourceSets({ interfaces }: PlacedVpc): readonly string[] {
  if (interfaces.length === 0) return [];
  const own = (family: number) =>
    interfaces.flatMap(({ link, networkInterface }) =>
      addressesOf(networkInterface)
        .filter((address) => familyOf(address) === family)
        .map((address) => `"${link}" . ${address}`),
    );
  return [
    `  set interfaces { type ifname;${elements(interfaces.map(({ link }) => `"${link}"`))} }`,
    ...families.map(
      (family) => `  set own_${family} { type ifname . ${nft[family].addressType};${elements(own(family))} }`,
    ),
  ];
}

function elements(texts: readonly string[]): string {
  return texts.length === 0 ? '' : ` elements = { ${texts.join(', ')} }`;
}

/** Before routing: the source check, and the mark that says whose route table counts. */
function prerouting(placed: PlacedVpc, drop: Drop): readonly string[] {
  const spoofed = () =>
    drop({
      layer: 'source-check',
      direction: 'egress',
      address: placed.vpc.address,
      text: 'default: source/destination check, the source is not the interface’s own address',
    });
  const marks = placed.subnets.map(({ group, table }) => `${group} : ${table.number}`);
  return [
    // Multicast of the link itself has no source of its own, and is forwarded nowhere.
    'ip6 daddr ff00::/8 accept',
    ...(placed.interfaces.length === 0
      ? []
      : [
          `iifname @interfaces iifname . ip saddr != @own_4 ${spoofed()}`,
          `iifname @interfaces iifname . ip6 saddr != @own_6 ${spoofed()}`,
        ]),
    ...(marks.length === 0 ? [] : [`meta mark set meta iifgroup map { ${marks.join(', ')} }`]),
  ];
}

function forward(model: VpcModel, placed: PlacedVpc, drop: Drop): readonly string[] {
  const groups = placed.subnets.map(({ group }) => group);
  const jumps = (direction: Direction) =>
    placed.subnets
      .map(({ group, subnet }) => `${group} : jump ${aclChainName(model, subnet.networkAcl, direction)}`)
      .join(', ');
  const bySubnet = (line: () => string) => (groups.length === 0 ? [] : [line()]);
  return [
    ...natToNat(placed, drop),
    ...bySubnet(
      () =>
        `meta iifgroup . meta oifgroup { ${groups.map((group) => `${group} . ${group}`).join(', ')} } accept`,
    ),
    ...bySubnet(() => `meta iifgroup vmap { ${jumps('egress')} }`),
    `oifname "${linkNames.unrouted}" goto unrouted`,
    ...placed.peerings.map(({ link }, index) => `oifname "${link}" jump peering_${index}`),
    ...bySubnet(() => `meta oifgroup vmap { ${jumps('ingress')} }`),
    'accept',
  ];
}

/** A NAT gateway hands nothing to another one, nor to itself. */
function natToNat({ natGateways }: PlacedVpc, drop: Drop): readonly string[] {
  const all = natGateways.map(({ link }) => `"${link}"`).join(', ');
  return natGateways.map(({ gateway, link }) => {
    const statement = drop({
      layer: 'nat-gateway',
      direction: 'egress',
      address: gateway.address,
      text: 'default: its route leads to a NAT gateway',
    });
    return `iifname "${link}" oifname { ${all} } ${statement}`;
  });
}

/** From a range of this VPC to a range of the other; never on behalf of a third. */
function peeringChain(
  { vpc }: PlacedVpc,
  { peering, far }: PlacedPeering,
  { index, drop }: { readonly index: number; readonly drop: Drop },
): readonly string[] {
  const allowed = families.flatMap((family) => {
    const [from, to] = [ofFamily(family, cidrsOf(vpc)), ofFamily(family, cidrsOf(far))];
    return from.length === 0 || to.length === 0
      ? []
      : [`    ${matchAddresses('saddr', from)}${matchAddresses('daddr', to)}return`];
  });
  const last = drop({
    layer: 'peering',
    direction: 'egress',
    address: peering.address,
    text: 'default: it carries only packets from a range of one VPC to a range of the other',
  });
  return [`  chain peering_${index} {`, ...allowed, `    ${last}`, '  }'];
}

/** What is for the router itself: resolver, metadata and time, which no group and no ACL filters. */
function input({ vpc, subnets, unfiltered }: PlacedVpc, drop: Drop): readonly string[] {
  const groups = subnets.map(({ group }) => group).join(', ');
  const last = drop({
    layer: 'route-table',
    direction: 'ingress',
    address: vpc.address,
    text: 'default: the VPC router itself offers nothing',
  });
  return [
    'iifname "lo" accept',
    'ip6 daddr ff00::/8 accept',
    ...(subnets.length === 0
      ? []
      : [`meta iifgroup { ${groups} } ip daddr { ${unfiltered.join(', ')} } accept`]),
    last,
  ];
}

function aclChainName(model: VpcModel, address: string, direction: Direction): string {
  if (!model.networkAcls.some((acl) => acl.address === address))
    throw new TypeError(`the model does not have the network ACL ${address} that a subnet uses`);
  return `nacl_${digest(address)}_${direction}`;
}

/** Of those in force somewhere in the VPC. */
function aclChains(model: VpcModel, placed: PlacedVpc, counters: Counters): readonly string[] {
  const inForce = new Set(placed.subnets.map(({ subnet }: PlacedSubnet) => subnet.networkAcl));
  return model.networkAcls
    .filter(({ address }) => inForce.has(address))
    .flatMap((acl) =>
      (['ingress', 'egress'] as const).flatMap((direction) =>
        networkAclChain(acl, {
          chain: aclChainName(model, acl.address, direction),
          direction,
          namespace: placed.router,
          counters,
        }),
      ),
    );
}
