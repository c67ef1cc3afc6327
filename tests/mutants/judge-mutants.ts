/** Defects of judging one packet: the network is right, and what is said of the packet is not. */
import type { Mutant } from './mutant.ts';

const proof = (witness: string) => ({ witness, on: 'proof' }) as const;

const defects: readonly Omit<Mutant, 'part'>[] = [
  {
    id: 'answer-leaves-unjudged',
    breaks: 'Network ACLs are stateless: the answer needs an outbound rule of its own.',
    file: 'sim/prove/way-back.ts',
    find: 'const layers = [acl, route.layer];',
    replace: 'const layers = acl === undefined ? [] : [route.layer];',
    caughtBy: proof('network-acl-stateless'),
  },
  {
    id: 'answer-from-service-port',
    breaks: 'An answer goes to the port that the packet came from.',
    file: 'sim/prove/rule-traffic.ts',
    find: "if (traffic.protocol === 'tcp') return { protocol: TCP, port: traffic.sourcePort };",
    replace: "if (traffic.protocol === 'tcp') return { protocol: TCP, port: traffic.port };",
    caughtBy: proof('network-acl-ephemeral-ports'),
  },
  {
    id: 'network-acl-inside-subnet-judged',
    breaks: 'A network ACL does not judge what passes within its subnet, packet by packet.',
    file: 'sim/prove/way-there.ts',
    find: "const acl = by === 'subnet' ? [] : [judgeNetworkAcl",
    replace: 'const acl = by === undefined ? [] : [judgeNetworkAcl',
    caughtBy: proof('network-acl-inside-subnet'),
  },
  {
    id: 'accept-skips-later-deny',
    breaks: 'Layers are independent: an accept in one does not end the judgement before a later deny.',
    file: 'sim/prove/layer.ts',
    find: "if (layers.some(({ verdict }) => verdict === 'deny')) return 'no';",
    replace: `const decider = layers.find(({ verdict }) => verdict !== 'unknown');
  if (decider?.verdict === 'deny') return 'no';`,
    caughtBy: proof('network-acl-before-security-group'),
  },
  {
    id: 'last-port-left-out',
    breaks: 'A port range holds its last port.',
    file: 'sim/prove/rule-traffic.ts',
    find: 'traffic.port <= rule.ports.to',
    replace: 'traffic.port < Math.max(rule.ports.to, rule.ports.from + 1)',
    caughtBy: proof('network-acl-order'),
  },
  {
    id: 'group-by-public-address',
    breaks: 'A rule that names a group means private addresses: traffic by a public one does not match.',
    file: 'sim/prove/prepared-model.ts',
    find: `.map((text) => addressFrom(text).text);
    for`,
    replace: `.map((text) => addressFrom(text).text).concat(one.publicAddress ?? []);
    for`,
    caughtBy: proof('security-group-reference'),
  },
  {
    id: 'shortest-prefix-wins',
    breaks: 'The longest prefix takes the packet, in the judgement of one as well.',
    file: 'sim/prove/route-verdict.ts',
    find: 'next.prefix > best.prefix',
    replace: 'next.prefix < best.prefix',
    caughtBy: proof('route-longest-prefix'),
  },
  {
    id: 'no-group-refuses',
    breaks: 'What carries no group is filtered by none.',
    file: 'sim/prove/security-group-verdict.ts',
    find: 'if (one.securityGroups.length === 0 && !isUncertain) {',
    replace: 'if (one.securityGroups.length < 0 && !isUncertain) {',
    caughtBy: proof('load-balancer-without-groups'),
  },
  {
    id: 'hairpin-keeps-private-source',
    breaks: 'What goes to a public address of our own arrives from a public address.',
    file: 'sim/prove/internet-crossing.ts',
    find: 'enterFromInternet(prepared, { ...packet, source: outside })',
    replace: 'enterFromInternet(prepared, packet)',
    caughtBy: proof('hairpin-public-address'),
  },
  {
    id: 'hairpin-past-network-acl',
    breaks: 'What comes back in by a public address is judged by the network ACL of the subnet.',
    file: 'sim/prove/internet-crossing.ts',
    find: 'judgeNetworkAcl(prepared, { ...question, subnet: one.subnet }),',
    replace: '',
    caughtBy: proof('hairpin-network-acl'),
  },
  {
    id: 'peering-not-active-carries',
    breaks: 'A peering connection that is not active carries nothing.',
    file: 'sim/prove/way-there.ts',
    find: "if (!peering.isActive) return 'it is not active';",
    replace: '',
    caughtBy: proof('peering-not-accepted'),
  },
  {
    id: 'prefix-list-every-block',
    breaks: 'A rule by prefix list means an address in any of its blocks.',
    file: 'sim/prove/security-group-verdict.ts',
    find: 'rule.peer.cidrs.some(',
    replace: 'rule.peer.cidrs.every(',
    caughtBy: proof('prefix-list-own'),
  },
  {
    id: 'secondary-block-not-local',
    breaks: 'Every block of a VPC is local.',
    file: 'sim/prove/prepared-model.ts',
    find: 'return cidrs.some((text) => isWithin(prepared, text, address));',
    replace: 'return cidrs.slice(0, 1).some((text) => isWithin(prepared, text, address));',
    caughtBy: proof('secondary-cidr'),
  },
  {
    id: 'resolver-off-by-one',
    breaks: 'The resolver of a VPC is at its base plus two, and nothing filters it.',
    file: 'sim/prove/address-space.ts',
    find: 'const RESOLVER_OFFSET = 2n;',
    replace: 'const RESOLVER_OFFSET = 3n;',
    caughtBy: proof('local-services-unfiltered'),
  },
  {
    id: 'icmp-type-ignored',
    breaks: 'An ICMP rule for one type allows no other.',
    file: 'sim/prove/rule-traffic.ts',
    find: 'return isSame(rule.icmp.type, traffic.icmp.type) && isSame(rule.icmp.code, traffic.icmp.code);',
    replace: 'return isSame(rule.icmp.code, traffic.icmp.code);',
    caughtBy: proof('security-group-icmp'),
  },
  {
    id: 'outbound-group-skipped',
    breaks: 'What an interface sends meets its security group first.',
    file: 'sim/prove/way-there.ts',
    find: 'return after([group], fromSubnet',
    replace: "return after(group.verdict === 'deny' ? [] : [group], fromSubnet",
    caughtBy: proof('security-group-egress'),
  },
  {
    id: 'leaving-unjudged',
    breaks: 'What leaves a subnet is judged by the outbound rules of its network ACL.',
    file: 'sim/prove/way-there.ts',
    find: 'const layers = staysInside ? [route.layer] : [acl, route.layer];',
    replace: "const layers = staysInside || acl.direction === 'egress' ? [route.layer] : [acl, route.layer];",
    caughtBy: proof('network-acl-egress'),
  },
  {
    id: 'answer-needs-no-route',
    breaks: 'Without a route back a peering connection delivers what cannot be answered.',
    file: 'sim/prove/way-back.ts',
    find: 'const layers = [acl, route.layer];',
    replace: "const layers = route.layer.verdict === 'deny' ? [acl] : [acl, route.layer];",
    caughtBy: proof('peering-no-return-route'),
  },
  {
    id: 'members-of-one-vpc',
    breaks: 'A rule may name a group of a peer, and means its members there.',
    file: 'sim/prove/prepared-model.ts',
    find: '    for (const group of one.securityGroups) {',
    replace: `    if (vpcOf(one.subnet) !== model.vpcs.at(-1)?.address) continue;
    for (const group of one.securityGroups) {`,
    caughtBy: proof('peering-security-group-reference'),
  },
  {
    id: 'reference-adds-rules',
    breaks: 'Naming a group as a source does not add the rules of that group.',
    file: 'sim/prove/security-group-verdict.ts',
    find: 'return one.securityGroups.flatMap((address) => prepared.securityGroups.get(address)?.[direction] ?? []);',
    replace: `const own = one.securityGroups.flatMap((address) => prepared.securityGroups.get(address)?.[direction] ?? []);
  const named = own.flatMap(({ peer }) => (peer.kind === 'security-group' ? [peer.address] : []));
  return [...own, ...named.flatMap((address) => prepared.securityGroups.get(address)?.[direction] ?? [])];`,
    caughtBy: proof('security-group-reference-gives-no-rules'),
  },
  {
    id: 'last-number-left-out',
    breaks: 'Rule 32766 is the last that counts.',
    file: 'sim/prove/network-acl-verdict.ts',
    find: 'acl[direction].filter((rule) => isMatch(',
    replace: 'acl[direction].filter((rule) => rule.number < 32_766 && isMatch(',
    caughtBy: proof('network-acl-last-number'),
  },
  {
    id: 'nat-hairpin-private-source',
    breaks:
      "To a public address of its VPC, what comes by a NAT gateway comes from the gateway's public one.",
    file: 'sim/prove/way-there.ts',
    find: '{ outside: addressFrom(gateway.publicAddress) }',
    replace: '{ outside: addressFrom(gateway.privateAddress) }',
    caughtBy: proof('nat-gateway-hairpin'),
  },
  {
    id: 'gateway-always-there',
    breaks: 'Without an internet gateway nothing enters from the internet.',
    file: 'sim/prove/internet-crossing.ts',
    find: `(found) => found.vpc === vpc.address);
  if (gateway ===`,
    replace: `(found) => found.vpc === vpc.address) ?? { ...vpc, vpc: vpc.address };
  if (gateway ===`,
    caughtBy: proof('internet-gateway-absent'),
  },
  {
    id: 'everyone-in-both-families',
    breaks: 'A rule for 0.0.0.0/0 says nothing about IPv6.',
    file: 'sim/prove/security-group-verdict.ts',
    find: 'return { isMatch: isWithin(prepared, rule.peer.cidr, peer), causes: own };',
    replace:
      "return { isMatch: rule.peer.cidr === '0.0.0.0/0' || isWithin(prepared, rule.peer.cidr, peer), causes: own };",
    caughtBy: proof('ipv6-rules-apart'),
  },
  {
    id: 'endpoint-answers-unjudged',
    breaks: 'A network ACL judges the answers of a gateway endpoint.',
    file: 'sim/prove/way-back.ts',
    find: "if (arrival.at !== 'interface') {",
    replace: `if (arrival.at === 'gateway-endpoint') return [];
  if (arrival.at !== 'interface') {`,
    caughtBy: proof('gateway-endpoint-network-acl'),
  },
  {
    id: 'any-vpc-is-near',
    breaks: 'Two VPCs without a peering connection reach each other in no way, also with the same ranges.',
    file: 'sim/prove/way-there.ts',
    find: `const holder = prepared.inside.get(vpc.address)?.get(destination.text);
  if (holder !== undefined && subnetOf`,
    replace: `const near = prepared.inside.get(vpc.address)?.get(destination.text);
  const anywhere = [...prepared.inside.values()].map((all) => all.get(destination.text)).find(Boolean);
  const holder = near ?? anywhere;
  if (holder !== undefined && subnetOf`,
    caughtBy: proof('peering-absent'),
  },
  {
    id: 'gateway-takes-private-address',
    breaks: 'What is routed out of the VPC to a private address is dropped by the internet gateway.',
    file: 'sim/prove/internet-crossing.ts',
    find: 'if (!isPublicSpace(address)) return false;',
    replace: '',
    caughtBy: proof('route-local'),
  },
  {
    id: 'local-before-longer',
    breaks: 'A route for a part of the VPC wins over the local one, and what it takes is not known.',
    file: 'sim/prove/route-verdict.ts',
    find: 'if (detour !== undefined) return detour;',
    replace: 'if (detour?.candidates.length) return detour;',
    caughtBy: proof('route-inside-vpc'),
  },
  {
    id: 'gateway-doubt-forgotten',
    breaks: 'Where an internet gateway with a route table of its own leads packets is not known.',
    file: 'sim/prove/internet-crossing.ts',
    find: 'const isUnsure = gateway.uncertain && unknown(spot, gateway, [gateway.uncertain]);',
    replace: 'const isUnsure = undefined;',
    caughtBy: proof('internet-gateway-edge-routes'),
  },
];

export const JUDGE_MUTANTS: readonly Mutant[] = defects.map((defect) => ({ ...defect, part: 'prover' }));
