/**
 * The router's forward hook: network ACLs stateless and in order, only between subnets and never inside one,
 * then what no route takes. It keeps no connection state at all.
 */
import type { Direction, NetworkAcl, NetworkAclRule, VpcModel } from '../vpc/model.ts';
import type { Layer } from './compiled-fabric.ts';
import type { Counters } from './counters.ts';
import { routeTableOf } from './routes.ts';
import { describeTraffic, matchAddresses, matchTraffic } from './rule-match.ts';
import { links, namespaces, type PlacedSubnet, type Topology } from './topology.ts';

export function routerRules(model: VpcModel, topology: Topology, counters: Counters): string {
  const acls = model.networkAcls.map((acl, index) => ({ acl, chain: `nacl_${index}` }));
  const chainOf = ({ subnet }: PlacedSubnet) => {
    const found = acls.find(({ acl }) => acl.address === subnet.networkAcl);
    if (found === undefined)
      throw new TypeError(`${subnet.address} uses a network ACL that the model does not have`);
    return found.chain;
  };
  const vmap = (direction: Direction) =>
    topology.subnets.map((placed) => `${placed.group} : jump ${chainOf(placed)}_${direction}`).join(', ');
  const sources = topology.instances.map(
    ({ routerLink, instance }) => `"${routerLink}" . ${instance.networkInterface.privateAddress}`,
  );
  const sameSubnet = topology.subnets.map(({ group }) => `${group} . ${group}`).join(', ');
  const fromMachine = topology.instances.map(({ routerLink }) => `"${routerLink}"`).join(', ');
  const refusal = (direction: Direction, text: string, layer: Layer = 'route-table') =>
    counters.statement(
      {
        namespace: namespaces.router,
        layer,
        direction,
        verdict: 'deny',
        address: topology.vpc.address,
        text,
      },
      'drop',
    );
  return [
    'table inet vpc {',
    ...acls.flatMap(({ acl, chain }) => [
      aclChain(acl, { chain, direction: 'ingress', counters }),
      aclChain(acl, { chain, direction: 'egress', counters }),
    ]),
    unroutedChain(model, topology, counters),
    '  chain f_forward {',
    '    type filter hook forward priority 0; policy drop;',
    ...(sources.length === 0
      ? []
      : [
          `    iifname { ${fromMachine} } iifname . ip saddr != { ${sources.join(', ')} } ${refusal('egress', 'default: source/destination check, the source is not the interface’s own address', 'source-check')}`,
        ]),
    `    ip daddr 169.254.0.0/16 ${refusal('egress', 'link-local services (instance metadata, DNS, time) are not simulated')}`,
    ...(sameSubnet === '' ? [] : [`    meta iifgroup . meta oifgroup { ${sameSubnet} } accept`]),
    ...(sameSubnet === '' ? [] : [`    meta iifgroup vmap { ${vmap('egress')} }`]),
    `    oifname "${links.unrouted}" goto unrouted`,
    ...(sameSubnet === '' ? [] : [`    meta oifgroup vmap { ${vmap('ingress')} }`]),
    '    accept',
    '  }',
    // The VPC router itself offers nothing.
    '  chain f_input {',
    '    type filter hook input priority 0; policy drop;',
    `    ${refusal('ingress', 'default: the VPC router itself offers nothing')}`,
    '  }',
    '}',
    '',
  ].join('\n');
}

interface ChainOptions {
  readonly chain: string;
  readonly direction: Direction;
  readonly counters: Counters;
}

function aclChain(acl: NetworkAcl, { chain, direction, counters }: ChainOptions): string {
  const meaning = { namespace: namespaces.router, layer: 'network-acl', direction } as const;
  const line = (rule: NetworkAclRule) => {
    const statement = counters.statement(
      {
        ...meaning,
        verdict: rule.action,
        address: rule.address,
        text: `rule ${rule.number} ${rule.action === 'allow' ? 'allows' : 'denies'} ${describeTraffic(rule)} ${direction === 'ingress' ? 'from' : 'to'} ${rule.cidr}`,
      },
      // `return`, never `accept`: an accept here would skip the other subnet's network ACL.
      rule.action === 'allow' ? 'return' : 'drop',
    );
    return `    ${matchAddresses(direction === 'ingress' ? 'saddr' : 'daddr', [rule.cidr])}${matchTraffic(rule)}${statement}`;
  };
  const last = counters.statement(
    {
      ...meaning,
      verdict: 'deny',
      address: acl.address,
      text: `default: no ${direction} rule of the network ACL allows it`,
    },
    'drop',
  );
  return [`  chain ${chain}_${direction} {`, ...acl[direction].map(line), `    ${last}`, '  }'].join('\n');
}

function unroutedChain(model: VpcModel, topology: Topology, counters: Counters): string {
  const meaning = { namespace: namespaces.router, direction: 'egress', verdict: 'deny' } as const;
  const local = topology.vpc.cidrs.map((cidr) => {
    const statement = counters.statement(
      {
        ...meaning,
        layer: 'route-table',
        address: topology.vpc.address,
        text: 'local route: no interface has that address',
      },
      'drop',
    );
    return `    ${matchAddresses('daddr', [cidr])}${statement}`;
  });
  const bySubnet = topology.subnets.flatMap((placed) => {
    const table = routeTableOf(model, placed);
    const endpoints = table.routes.flatMap((route) => {
      if (route.target.kind !== 'gateway-endpoint' || route.destinations.length === 0) return [];
      const statement = counters.statement(
        {
          ...meaning,
          layer: 'gateway-endpoint',
          address: route.target.address,
          text: `${route.target.service} behind the endpoint is not simulated`,
        },
        'drop',
      );
      return [`    meta iifgroup ${placed.group} ${matchAddresses('daddr', route.destinations)}${statement}`];
    });
    const none = counters.statement(
      {
        ...meaning,
        layer: 'route-table',
        address: table.address,
        text: 'default: the route table has no route to it',
      },
      'drop',
    );
    return [...endpoints, `    meta iifgroup ${placed.group} ${none}`];
  });
  const rest = counters.statement(
    {
      ...meaning,
      layer: 'route-table',
      address: topology.vpc.address,
      text: 'default: it comes from no subnet',
    },
    'drop',
  );
  return ['  chain unrouted {', ...local, ...bySubnet, `    ${rest}`, '  }'].join('\n');
}
