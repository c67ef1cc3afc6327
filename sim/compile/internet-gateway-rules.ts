/** The internet gateway: 1:1 translation of the interfaces that have a public address, and nothing for the others, both ways. */
import type { Counters } from './counters.ts';
import { namespaces, type Topology } from './topology.ts';

export function internetGatewayRules(topology: Topology, counters: Counters): string {
  const mapped = topology.instances.flatMap(({ instance }) => {
    const { privateAddress, publicAddress } = instance.networkInterface;
    return publicAddress === undefined || topology.internetGateway === undefined
      ? []
      : [{ privateAddress, publicAddress }];
  });
  const refusal = (direction: 'ingress' | 'egress', text: string) =>
    counters.statement(
      {
        namespace: namespaces.internetGateway,
        layer: 'internet-gateway',
        direction,
        verdict: 'deny',
        address: topology.internetGateway?.address ?? topology.vpc.address,
        text: topology.internetGateway ? `default: ${text}` : 'default: the VPC has no internet gateway',
      },
      'drop',
    );
  const elements = (pairs: readonly string[]) =>
    pairs.length === 0 ? '' : ` elements = { ${pairs.join(', ')} }`;
  return [
    'table ip internet_gateway {',
    `  map to_public { type ipv4_addr : ipv4_addr;${elements(mapped.map((m) => `${m.privateAddress} : ${m.publicAddress}`))} }`,
    `  map to_private { type ipv4_addr : ipv4_addr;${elements(mapped.map((m) => `${m.publicAddress} : ${m.privateAddress}`))} }`,
    `  set has_public { type ipv4_addr;${elements(mapped.map((m) => m.privateAddress))} }`,
    '  chain g_prerouting {',
    '    type nat hook prerouting priority -100;',
    '    iifname "internet" dnat to ip daddr map @to_private',
    '  }',
    '  chain g_postrouting {',
    '    type nat hook postrouting priority 100;',
    '    oifname "internet" snat to ip saddr map @to_public',
    '  }',
    '  chain g_forward {',
    '    type filter hook forward priority 0; policy drop;',
    // What conntrack cannot place would leave untranslated.
    `    ct state invalid ${refusal('ingress', 'the packet belongs to no connection')}`,
    '    iifname "internet" ct status dnat accept',
    '    iifname "internet" ct state established,related accept',
    `    iifname "internet" ${refusal('ingress', 'no interface has that public address')}`,
    ...(mapped.length === 0
      ? []
      : [
          `    iifname "vpc" ip daddr { ${mapped.map((m) => m.publicAddress).join(', ')} } ${refusal('egress', 'from inside the VPC to its own public addresses is not simulated')}`,
        ]),
    '    iifname "vpc" ip saddr @has_public accept',
    '    iifname "vpc" ct state established,related accept',
    `    iifname "vpc" ${refusal('egress', 'the interface has no public address')}`,
    '  }',
    '  chain g_input {',
    '    type filter hook input priority 0; policy drop;',
    `    ${refusal('ingress', 'the gateway itself offers nothing')}`,
    '  }',
    '}',
    '',
  ].join('\n');
}
