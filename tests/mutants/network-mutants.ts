/** Defects of building the VPC: its groups, lists, tables and gateways are not those that Terraform would make. */
import { DOCUMENTS } from './documents.ts';
import type { Mutant } from './mutant.ts';

const proof = (witness: string) => ({ witness, on: 'proof' }) as const;

const defects: readonly Omit<Mutant, 'part'>[] = [
  {
    id: 'default-egress-kept',
    breaks: 'The provider removes the rule by which a new group lets everything out.',
    file: 'sim/vpc/security-groups.ts',
    find: "const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };",
    replace: `const everyone = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
  const kept: WrittenRule = {
    rule: { address, description: '', protocol: 'all', peer: everyone },
    isInline: false,
  };
  const rules = {
    ingress: rulesOf('ingress'),
    egress: fields.isWritten('egress') ? rulesOf('egress') : [kept],
  };`,
    caughtBy: proof('security-group-without-egress'),
  },
  {
    id: 'self-means-everyone',
    breaks: 'A rule with self means the members of its own group.',
    file: 'sim/vpc/security-group-rules.ts',
    find: "peer: { kind: 'security-group', address: group }",
    replace: "peer: { kind: 'cidr', cidr: group === '' ? '0.0.0.0/32' : '0.0.0.0/0' }",
    caughtBy: proof('security-group-self'),
  },
  {
    id: 'default-group-admits-nobody',
    breaks: 'The default group of a VPC admits its own members until a configuration adopts it.',
    file: 'sim/vpc/security-groups.ts',
    find: "ingress: [rule('ingress[0]', { kind: 'security-group', address })],",
    replace: 'ingress: [],',
    caughtBy: proof('security-group-default'),
  },
  {
    id: 'network-acl-number-as-text',
    breaks: 'Rules of a network ACL are ordered by number: 90 comes before 100.',
    file: 'sim/vpc/network-acls.ts',
    find: 'left.rule.number - right.rule.number',
    replace: 'String(left.rule.number) < String(right.rule.number) ? -1 : 1',
    caughtBy: proof('network-acl-order'),
  },
  {
    id: 'adopted-network-acl-keeps-rules',
    breaks: 'A default network ACL that is adopted without rules has none.',
    file: 'sim/vpc/network-acls.ts',
    find: 'acls.set(open.address, writtenAcl(context, open, { vpc, isInline: true }));',
    replace: `const own = writtenAcl(context, open, { vpc, isInline: true });
    for (const direction of DIRECTIONS) {
      const match = { action: 'allow', protocol: 'all', cidr: '0.0.0.0/0' } as const;
      own.rules[direction].push({ rule: { address: open.address, number: 32_766, ...match } });
    }
    acls.set(open.address, own);`,
    caughtBy: proof('network-acl-default-adopted'),
  },
  {
    id: 'default-network-acl-without-ipv6',
    breaks: 'The default network ACL of a VPC with an IPv6 range allows IPv6 as well.',
    file: 'sim/vpc/network-acls.ts',
    find: "const cidrs = hasIpv6 ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'];",
    replace: "const cidrs = hasIpv6 ? ['0.0.0.0/0'] : ['0.0.0.0/0'];",
    caughtBy: proof('ipv6-default-network-acl'),
  },
  {
    id: 'standalone-rule-outbound-by-default',
    breaks: 'A standalone network ACL rule that does not say egress is for what enters.',
    file: 'sim/vpc/network-acls.ts',
    find: "fields.boolean('egress') === true",
    replace: "fields.boolean('egress') !== false",
    caughtBy: proof('network-acl-host-bits'),
  },
  {
    id: 'main-table-before-explicit',
    breaks: 'A route table that is associated with a subnet goes before the main one.',
    file: 'sim/vpc/route-table-associations.ts',
    find: 'const explicit = chosen.tables.get(address);',
    replace: `const isMoved = main(vpc).address !== options.tables.defaultOf(vpc);
    const explicit = isMoved ? undefined : chosen.tables.get(address);`,
    caughtBy: proof('route-main-table'),
  },
  {
    id: 'main-association-ignored',
    breaks: 'A main route table association changes the table of every subnet without one of its own.',
    file: 'sim/vpc/route-table-associations.ts',
    find: 'return main.get(vpc) ?? {',
    replace: 'return {',
    caughtBy: proof('route-main-table'),
  },
  {
    id: 'secondary-block-forgotten',
    breaks: 'A secondary block of a VPC is local like the first.',
    file: 'sim/vpc/build-vpc-model.ts',
    find: '...(place && { place }), cidrs, ipv6Cidrs };',
    replace: '...(place && { place }), cidrs: cidrs.slice(0, 1), ipv6Cidrs };',
    caughtBy: proof('secondary-cidr'),
  },
  {
    id: 'prefix-list-first-entry',
    breaks: 'A prefix list stands for every block of its entries.',
    file: 'sim/vpc/prefix-lists.ts',
    find: 'cidrs: [...cidrs],',
    replace: 'cidrs: [...cidrs].slice(0, 1),',
    caughtBy: proof('prefix-list-own'),
  },
  {
    id: 'peering-always-accepted',
    breaks: 'A peering connection that nobody accepts is not active.',
    file: 'sim/vpc/peering-connections.ts',
    find: 'isActive: read.isActive || accepted.has(open.address)',
    replace: 'isActive: read.isActive || accepted.size >= 0',
    caughtBy: proof('peering-not-accepted'),
  },
  {
    id: 'endpoint-in-every-table',
    breaks: 'A gateway endpoint adds its route to the tables that it names, and to no others.',
    file: 'sim/vpc/route-additions.ts',
    find: 'table.routes.push(endpointRoute(endpoint, endpoint.uncertain, found.site));',
    replace: `for (const one of tables.values()) {
        const isNew = one.routes.every(({ route }) => route.address !== endpoint.address);
        if (isNew) one.routes.push(endpointRoute(endpoint, endpoint.uncertain, found.site));
      }`,
    caughtBy: proof('gateway-endpoint'),
  },
  {
    id: 'icmpv6-as-icmp',
    breaks: 'The protocol icmpv6 is number 58, not a name of ICMP.',
    file: 'sim/vpc/protocol.ts',
    find: '  icmpv6: 58,',
    replace: '  icmpv6: 1,',
    caughtBy: proof('ipv6-icmp'),
  },
  {
    id: 'all-protocols-as-tcp',
    breaks: 'Protocol -1 means every protocol.',
    file: 'sim/vpc/protocol.ts',
    find: "if (text === '-1' || text === 'all') return 'all';",
    replace: `if (text === 'all') return 'all';
  if (text === '-1') return TCP;`,
    caughtBy: proof('protocol-names'),
  },
  {
    id: 'icmp-type-unset-is-any',
    breaks: 'An ICMP type that a network ACL rule leaves out is 0, an echo reply.',
    file: 'sim/vpc/protocol.ts',
    find: "fields.number('icmp_type') ?? 0",
    replace: "fields.number('icmp_type') ?? -1",
    caughtBy: {
      file: 'tests/unit/sim/vpc/network-acls.test.ts',
      test: 'inline rules are sorted by number',
      source: DOCUMENTS.aclEntry,
    },
  },
  {
    id: 'unmodelled-route-dropped',
    breaks: 'A route to what is not modelled makes unknown what it takes; it is not left out.',
    file: 'sim/vpc/routes.ts',
    find: 'if (target === undefined) return undefined;',
    replace: "if (target === undefined || ['unmodelled'].includes(target.kind)) return undefined;",
    caughtBy: proof('unknown-transit-gateway'),
  },
  {
    id: 'unknown-rules-forgotten',
    breaks: 'Rules of which the number is not known before apply may be there, and are not taken for absent.',
    file: 'sim/vpc/security-group-additions.ts',
    find: `  addUnexpanded({ groups, peers });
}`,
    replace: '}',
    caughtBy: {
      file: 'tests/unit/sim/vpc/unknown-network.test.ts',
      test: 'rules of which the number is not known',
    },
  },
  {
    id: 'unread-attribute-passes',
    breaks: 'An attribute that nothing reads counts as not modelled.',
    file: 'sim/vpc/reading.ts',
    find: 'get(() => fields.refuseUnread({ ...known, inert: [...INERT, ...known.inert] }), undefined);',
    replace: '',
    caughtBy: {
      file: 'tests/unit/sim/vpc/unknown-network.test.ts',
      test: 'a rule with an unknown attribute',
    },
  },
  {
    id: 'inline-beside-standalone',
    breaks:
      'A group with its rules inline loses every rule that stands beside it, and writing both is a mistake.',
    file: 'sim/vpc/security-group-additions.ts',
    find: 'group.inline.has(direction)',
    replace: 'group.inline.has(direction) && rules.length === 0',
    caughtBy: {
      file: 'tests/unit/sim/vpc/security-groups.test.ts',
      test: 'refuses inline and standalone rules on one group',
    },
  },
  {
    id: 'first-block-of-a-list',
    breaks: 'A rule that lists several blocks means each of them.',
    file: 'sim/vpc/security-group-rules.ts',
    find: 'return list.value.flatMap((found)',
    replace: 'return list.value.slice(0, 1).flatMap((found)',
    caughtBy: {
      file: 'tests/unit/sim/vpc/security-groups.test.ts',
      test: 'an inline block with several peers',
      source: DOCUMENTS.groupRules,
    },
  },
  {
    id: 'first-table-is-main',
    breaks: 'A subnet without a table of its own uses the main one, and not any that is there.',
    file: 'sim/vpc/route-table-associations.ts',
    find: 'return main.get(vpc) ?? { address: tables.defaultOf(vpc), ',
    replace: `const first = tables.routeTables.find((table) => table.vpc === vpc)?.address;
    return main.get(vpc) ?? { address: first ?? tables.defaultOf(vpc), `,
    caughtBy: proof('route-main-table-default'),
  },
  {
    id: 'adopted-group-keeps-rules',
    breaks: 'A default group that is adopted has the rules that are written, and no others.',
    file: 'sim/vpc/security-groups.ts',
    find: `const cause = reading.finish({ inert: INERT }, \`every rule of \${address}\`);`,
    replace: `if (block.type === 'aws_default_security_group') {
    const everyone = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
    rules.egress.push({ rule: { address, description: '', protocol: 'all', peer: everyone }, isInline: true });
  }
  const cause = reading.finish({ inert: INERT }, \`every rule of \${address}\`);`,
    caughtBy: proof('security-group-default-adopted'),
  },
  {
    id: 'default-network-acl-empty',
    breaks: 'The default network ACL allows everything until a configuration adopts it.',
    file: 'sim/vpc/network-acls.ts',
    find: `const rules = { ingress: rulesOf('ingress'), egress: rulesOf('egress') };
  return { address, vpc: vpc.address, rules, isInline: false, subnets: [] };`,
    replace: `const rules = { ingress: rulesOf('ingress').slice(cidrs.length), egress: rulesOf('egress') };
  return { address, vpc: vpc.address, rules, isInline: false, subnets: [] };`,
    caughtBy: proof('network-acl-default'),
  },
  {
    id: 'first-nat-gateway',
    breaks: 'A route leads to the NAT gateway that it names, each zone to its own.',
    file: 'sim/vpc/route-targets.ts',
    find: "return { kind: 'nat-gateway', address };",
    replace: "return { kind: 'nat-gateway', address: gateways.nat.plans[0]?.address ?? address };",
    caughtBy: proof('nat-gateway-zones'),
  },
  {
    id: 'service-list-is-everyone',
    breaks: "AWS's prefix list of a service means that service, not everybody.",
    file: 'sim/vpc/prefix-lists.ts',
    find: 'const range = context.standIns.prefixListFor(name);',
    replace: "const range = name === '' ? context.standIns.prefixListFor(name) : '0.0.0.0/0';",
    caughtBy: proof('gateway-endpoint-security-group'),
  },
  {
    id: 'icmp-type-from-port',
    breaks: 'Beside an ICMP type the ports of a network ACL rule mean nothing.',
    file: 'sim/vpc/protocol.ts',
    find: "fields.number('icmp_type') ?? 0",
    replace: "[fields.number('icmp_type'), fields.number('from_port')].at(-1) ?? 0",
    caughtBy: proof('network-acl-icmp-ports'),
  },
];

export const NETWORK_MUTANTS: readonly Mutant[] = defects.map((defect) => ({ ...defect, part: 'reader' }));
