/** A gateway endpoint: answers at its service's ranges to what the VPC's routes bring, and counts that. */
import type { Counters } from './counters.ts';
import { families, ofFamily } from './families.ts';
import { matchAddresses } from './rule-match.ts';
import type { PlacedEndpoint } from './topology.ts';

export function endpointRules({ endpoint, namespace }: PlacedEndpoint, counters: Counters): string {
  const meaning = {
    namespace,
    layer: 'gateway-endpoint',
    direction: 'ingress',
    address: endpoint.address,
  } as const;
  const allowed = families
    .map((family) => ofFamily(family, endpoint.cidrs))
    .filter((cidrs) => cidrs.length > 0)
    .map((cidrs) => {
      const text = `${endpoint.service} behind the endpoint`;
      return `    ${matchAddresses('daddr', cidrs)}${counters.statement({ ...meaning, verdict: 'allow', text }, 'accept')}`;
    });
  const last = counters.statement(
    { ...meaning, verdict: 'deny', text: 'default: the service does not have that address' },
    'drop',
  );
  return [
    'table inet gateway_endpoint {',
    '  chain s_input {',
    '    type filter hook input priority 0; policy drop;',
    '    iifname "lo" accept',
    '    ip6 daddr ff00::/8 accept',
    ...allowed,
    `    ${last}`,
    '  }',
    '}',
    '',
  ].join('\n');
}
