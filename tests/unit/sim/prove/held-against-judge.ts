/**
 * The proof held against the judge: between all ends of a model, at ports on both sides of every border, at every source port
 * that an ACL may tell apart. Which block an address belongs to is worked out here once more, without the prover's own cuts.
 */

import type { Answer, Family, Flow, Packet, Party, Proof, Traffic } from '../../../../sim/prove/index.ts';
import { judge, type PreparedModel, prepareModel, prove } from '../../../../sim/prove/index.ts';
import { containsAddress, parseAddress, parseCidr } from '../../../../sim/terraform/index.ts';
import type { NetworkInterface, VpcModel } from '../../../../sim/vpc/model.ts';

export interface Disagreement {
  readonly from: string;
  readonly to: string;
  readonly traffic: Traffic;
  readonly family: Family;
  readonly proven: unknown;
  readonly judged: unknown;
  readonly packet: Packet;
}

interface End {
  readonly party: Party;
  /** As the proof may call it: one of these, and only one for each kind of traffic. */
  readonly names: readonly string[];
  readonly isByPublicAddress?: true;
}

/** Inside and at the borders of the blocks of random models. */
const OUTSIDE: Readonly<Record<Family, readonly string[]>> = {
  4: [
    '8.8.8.8',
    '192.0.1.255',
    '192.0.3.0',
    '203.0.113.0',
    '203.0.113.63',
    '203.0.113.64',
    '203.0.113.127',
    '203.0.113.128',
    '203.0.114.0',
    '198.51.100.0',
    '198.51.100.255',
    '126.255.255.255',
    '128.0.0.0',
    '223.255.255.255',
    '1.0.0.0',
  ],
  6: [
    '2000::',
    '2001:db8:1::',
    '2001:db8:1:ffff::1',
    '2001:db8:2::',
    '2600:1f00:0:ffff::1',
    '2600:1f00:1::',
    '3fff::1',
  ],
};
const SERVICE = ['192.0.2.0', '192.0.2.63', '192.0.2.64', '192.0.2.127', '192.0.2.128', '192.0.2.255'];
const SOURCE_PORTS = [1024, 1025, 5000, 5001, 32_767, 32_768, 60_999, 61_000, 61_001, 65_534, 65_535];

export function disagreements(model: VpcModel, traffics: readonly Traffic[]): readonly Disagreement[] {
  const prepared = prepareModel(model);
  const { flows, byPublicAddress } = prove(model);
  const indexes = { own: indexOf(model, flows), public: indexOf(model, byPublicAddress) };
  const found: Disagreement[] = [];
  for (const family of [4, 6] as const) {
    for (const [from, to] of [...pairs(model, family), ...publicPairs(model, family)]) {
      const index = isInsideToPublic(from, to) ? indexes.public : indexes.own;
      for (const traffic of traffics) {
        const packet = { source: from.party, destination: to.party, traffic };
        const judged = answersOf(prepared, packet);
        const proven = lookUp(index, { from, to, family, traffic });
        if (JSON.stringify(judged) === JSON.stringify(proven)) continue;
        found.push({ from: from.names.join(), to: to.names.join(), traffic, family, proven, judged, packet });
      }
    }
  }
  return found;
}

function pairs(model: VpcModel, family: Family): readonly (readonly [End, End])[] {
  const own = model.interfaces.filter((one) => addressIn(one, family) !== undefined);
  const among = own.flatMap((one) =>
    own
      .filter((other) => other !== one)
      .map((other) => [inside(one, family), inside(other, family)] as const),
  );
  const hosts = OUTSIDE[family].flatMap((address) => outside(model, address, family));
  const services = family === 4 ? SERVICE.flatMap((address) => service(model, address)) : [];
  const out = own.flatMap((one) =>
    [...hosts, ...services].map((host) => [inside(one, family), host] as const),
  );
  const into = own.flatMap((one) => hosts.map((host) => [host, fromOutside(one, family)] as const));
  return [...among, ...out, ...into];
}

/** Inside, to where the internet would send it. */
function publicPairs(model: VpcModel, family: Family): readonly (readonly [End, End])[] {
  if (family === 6) return [];
  const reached = model.interfaces.filter(({ publicAddress }) => publicAddress !== undefined);
  return model.interfaces.flatMap((one) =>
    reached
      .filter((other) => other !== one)
      .map((other) => [inside(one, 4), { ...fromOutside(other, 4), isByPublicAddress: true }] as const),
  );
}

const isInsideToPublic = ({ party }: End, { isByPublicAddress }: End) =>
  party.kind === 'interface' && isByPublicAddress === true;

function addressIn(one: NetworkInterface, family: Family): string | undefined {
  return family === 4 ? one.privateAddress : one.ipv6Address;
}

function inside(one: NetworkInterface, family: Family): End {
  const address = addressIn(one, family) ?? '';
  return { party: { kind: 'interface', id: one.id, address }, names: namesOf(one) };
}

function fromOutside(one: NetworkInterface, family: Family): End {
  const address = family === 4 ? (one.publicAddress ?? one.privateAddress) : (one.ipv6Address ?? '');
  return { party: { kind: 'interface', id: one.id, address }, names: namesOf(one) };
}

function namesOf({ endpoint }: NetworkInterface): readonly string[] {
  return [...new Set([endpoint, endpoint.split('#')[0] ?? endpoint])];
}

function outside(model: VpcModel, address: string, family: Family): readonly End[] {
  const isVpcs = model.vpcs.some(({ cidrs, ipv6Cidrs }) =>
    [...cidrs, ...ipv6Cidrs].some((text) => holds(text, address)),
  );
  const isService = model.gatewayEndpoints.some(({ cidrs }) => cidrs.some((text) => holds(text, address)));
  if (isVpcs || isService) return [];
  return [{ party: { kind: 'internet', address }, names: [smallestBlock(model, address, family)] }];
}

function service(model: VpcModel, address: string): readonly End[] {
  const endpoints = model.gatewayEndpoints.filter(({ cidrs }) => cidrs.some((text) => holds(text, address)));
  if (endpoints.length === 0) return outside(model, address, 4);
  const names = [...endpoints.map((one) => one.address), smallestBlock(model, address, 4)];
  return [{ party: { kind: 'service', address }, names }];
}

function smallestBlock(model: VpcModel, address: string, family: Family): string {
  const rules = [...model.securityGroups, ...model.networkAcls].flatMap(({ ingress, egress }) => [
    ...ingress,
    ...egress,
  ]);
  const ofRules = rules.flatMap((rule) => {
    if ('cidr' in rule) return [rule.cidr];
    if (rule.peer.kind === 'cidr') return [rule.peer.cidr];
    return rule.peer.kind === 'prefix-list' ? rule.peer.cidrs : [];
  });
  const ofRoutes = model.routeTables.flatMap(({ routes }) =>
    routes.flatMap(({ destinations }) => destinations),
  );
  const ofServices = model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs);
  const around = [...ofRules, ...ofRoutes, ...ofServices]
    .filter((text) => holds(text, address))
    .sort((one, other) => prefixOf(other) - prefixOf(one));
  const [smallest] = around;
  return smallest === undefined || prefixOf(smallest) <= (family === 4 ? 0 : 3) ? 'internet' : smallest;
}

function prefixOf(text: string): number {
  return Number(text.split('/')[1]);
}

function holds(text: string, address: string): boolean {
  const [cidr, parsed] = [parseCidr(text), parseAddress(address)];
  return cidr !== undefined && parsed !== undefined && containsAddress(cidr, parsed);
}

interface Answers {
  readonly delivered: unknown;
  readonly verdict: unknown;
}

function answersOf(prepared: PreparedModel, packet: Packet): Answers {
  const { traffic } = packet;
  const hasPorts = traffic.protocol === 'tcp' || traffic.protocol === 'udp';
  const runs = hasPorts ? SOURCE_PORTS.map((sourcePort) => ({ ...traffic, sourcePort })) : [traffic];
  const judged = runs.map((each) => judge(prepared, { ...packet, traffic: each }));
  const causes = (isOpen: (one: (typeof judged)[number]) => boolean) =>
    judged
      .filter(isOpen)
      .flatMap(({ forward, back }) => [...forward, ...back])
      .flatMap((layer) => layer.causes ?? (layer.cause === undefined ? [] : [layer.cause]));
  return {
    delivered: sum(
      judged.map((one) => one.delivered),
      causes((one) => one.delivered === 'unknown').filter(isForward(judged)),
    ),
    verdict: sum(
      judged.map((one) => one.answered),
      causes((one) => one.answered === 'unknown'),
    ),
  };
}

/** The way back says nothing about delivery. */
function isForward(judged: readonly ReturnType<typeof judge>[]) {
  const known = new Set(
    judged
      .flatMap(({ forward }) => forward)
      .flatMap(({ cause, causes }) => (causes ?? (cause ? [cause] : [])).map(textOf)),
  );
  return (cause: { readonly address: string; readonly reason: string }) => known.has(textOf(cause));
}

function sum(
  says: readonly string[],
  causes: readonly { readonly address: string; readonly reason: string }[],
): unknown {
  if (says.includes('unknown')) return ['unknown', ...new Set(causes.map(textOf))].sort();
  if (says.every((one) => one === 'yes')) return 'always';
  if (says.every((one) => one === 'no')) return 'never';
  return SOURCE_PORTS.filter((_, index) => says[index] === 'yes');
}

function textOf({ address, reason }: { readonly address: string; readonly reason: string }): string {
  return `${address}: ${reason}`;
}

interface FlowIndex {
  readonly flows: ReadonlyMap<string, readonly Flow[]>;
  /** Protocols by number that a rule names. */
  readonly named: ReadonlySet<number>;
}

function indexOf(model: VpcModel, flows: Proof['flows']): FlowIndex {
  const rules = [...model.securityGroups, ...model.networkAcls].flatMap(({ ingress, egress }) => [
    ...ingress,
    ...egress,
  ]);
  const named = new Set(rules.flatMap(({ protocol }) => (protocol === 'all' ? [] : [protocol])));
  const index = new Map<string, Flow[]>();
  for (const flow of flows) {
    const key = `${flow.from} ${flow.to}`;
    index.set(key, [...(index.get(key) ?? []), flow]);
  }
  return { flows: index, named };
}

function lookUp(
  index: FlowIndex,
  { from, to, family, traffic }: { from: End; to: End; family: Family; traffic: Traffic },
): Answers {
  const candidates = from.names.flatMap((one) =>
    to.names.flatMap((other) => index.flows.get(`${one} ${other}`) ?? []),
  );
  const rows = candidates.filter((flow) => flow.family === family && speaksOf(flow, traffic, index.named));
  const [row] = rows;
  if (rows.length > 1)
    return { delivered: 'told twice', verdict: rows.map((one) => `${one.from} ${one.to}`) };
  if (row === undefined) return { delivered: 'never', verdict: 'never' };
  return { delivered: plain(row.delivered), verdict: plain(row.verdict) };
}

function speaksOf(flow: Flow, traffic: Traffic, named: ReadonlySet<number>): boolean {
  const within = (ranges: readonly { readonly from: number; readonly to: number }[], value: number) =>
    ranges.some(({ from, to }) => from <= value && value <= to);
  if (typeof traffic.protocol === 'number') {
    return flow.protocol === (named.has(traffic.protocol) ? String(traffic.protocol) : 'other');
  }
  if (flow.protocol !== traffic.protocol) return false;
  if (traffic.protocol !== 'icmp') return within(flow.ports, traffic.port);
  return within(flow.ports, traffic.type) && (flow.codes === undefined || within(flow.codes, traffic.code));
}

function plain(answer: Answer): unknown {
  if (answer.kind === 'unknown') return ['unknown', ...new Set(answer.causes.map(textOf))].sort();
  if (answer.kind !== 'depends') return answer.kind;
  return SOURCE_PORTS.filter((port) => answer.sourcePorts.some(({ from, to }) => from <= port && port <= to));
}
