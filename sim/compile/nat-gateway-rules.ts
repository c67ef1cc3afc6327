/**
 * A NAT gateway: translates to its private address what its link brings, keeps the source port where AWS's range has it,
 * carries TCP, UDP and ICMP over IPv4, and takes nothing that nobody asked for.
 */
import type { Counters } from './counters.ts';
import { machineEnd } from './names.ts';
import type { PlacedNatGateway } from './topology.ts';

export function natGatewayRules({ gateway, namespace }: PlacedNatGateway, counters: Counters): string {
  const drop = (direction: 'ingress' | 'egress', text: string) =>
    counters.statement(
      { namespace, layer: 'nat-gateway', direction, verdict: 'deny', address: gateway.address, text },
      'drop',
    );
  return [
    'table ip nat_gateway {',
    '  chain n_postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    `    oifname "${machineEnd}" meta l4proto { tcp, udp } snat to ${gateway.privateAddress}:1024-65535`,
    `    oifname "${machineEnd}" meta l4proto icmp snat to ${gateway.privateAddress}`,
    '  }',
    '  chain n_forward {',
    '    type filter hook forward priority 0; policy drop;',
    `    meta l4proto != { tcp, udp, icmp } ${drop('egress', 'default: it carries TCP, UDP and ICMP alone')}`,
    // What conntrack cannot place would leave untranslated.
    `    ct state invalid ${drop('egress', 'the packet belongs to no connection')}`,
    '    accept',
    '  }',
    '  chain n_input {',
    '    type filter hook input priority 0; policy drop;',
    `    ${drop('ingress', 'default: nobody asked for it')}`,
    '  }',
    '}',
    '',
  ].join('\n');
}
