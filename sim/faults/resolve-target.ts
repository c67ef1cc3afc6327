/** From a fault's target to links: which ports of which router it is about. */
import type { CompiledFabric, FabricPort } from '../compile/index.ts';
import { DrydockError } from '../errors.ts';
import type { FaultTarget } from './fault.ts';

/** Interfaces, NAT gateways and the internet alike. */
export type Party =
  | { readonly kind: 'port'; readonly port: FabricPort & { readonly ipv6Address?: string } }
  | { readonly kind: 'internet' };

export type ResolvedTarget =
  | { readonly kind: 'all-links'; readonly parties: readonly Party[] }
  | { readonly kind: 'ways'; readonly ways: readonly { readonly from: Party; readonly to: Party }[] };

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN where nothing has the name. */
export function resolveTarget(target: FaultTarget, fabric: CompiledFabric): ResolvedTarget {
  switch (target.kind) {
    case 'node':
      return { kind: 'all-links', parties: partiesOf(target.node, fabric) };
    case 'link': {
      const [one, other] = target.between.map((name) => endsOf(name, fabric));
      return { kind: 'ways', ways: [...ways(one ?? [], other ?? []), ...ways(other ?? [], one ?? [])] };
    }
    case 'direction':
      return { kind: 'ways', ways: ways(endsOf(target.from, fabric), endsOf(target.to, fabric)) };
    case 'availability-zone': {
      const { availabilityZone: zone } = target;
      const ports = [...fabric.interfaces, ...fabric.natGateways].filter(
        (port) => port.availabilityZone === zone,
      );
      return { kind: 'all-links', parties: found(ports, `the availability zone ${zone}`) };
    }
    case 'program': {
      const { program, availabilityZone: zone } = target;
      const nodes = fabric.nodes.filter(
        (node) => node.program === program && (zone === undefined || node.availabilityZone === zone),
      );
      const what = `a machine tagged drydock:program=${program}${zone === undefined ? '' : ` in ${zone}`}`;
      return { kind: 'all-links', parties: found(nodes, what) };
    }
  }
}

function ways(from: readonly Party[], to: readonly Party[]) {
  return from.flatMap((one) =>
    to.filter((other) => !isSame(one, other)).map((other) => ({ from: one, to: other })),
  );
}

function isSame(one: Party, other: Party): boolean {
  if (one.kind === 'internet' || other.kind === 'internet') return one.kind === other.kind;
  return one.port.namespace === other.port.namespace;
}

/** An end of a way may also be a zone or a program, where nothing else has the name. */
function endsOf(name: string, fabric: CompiledFabric): readonly Party[] {
  const inZone = [...fabric.interfaces, ...fabric.natGateways].filter(
    ({ availabilityZone }) => availabilityZone === name,
  );
  const groups = [inZone, fabric.nodes.filter(({ program }) => program === name)];
  const group = groups.find((ports) => ports.length > 0);
  return isNamed(name, fabric) || group === undefined ? partiesOf(name, fabric) : found(group, name);
}

function partiesOf(name: string, fabric: CompiledFabric): readonly Party[] {
  if (name === 'internet') return [{ kind: 'internet' }];
  return found(portsNamed(name, fabric), name);
}

function isNamed(name: string, fabric: CompiledFabric): boolean {
  return name === 'internet' || portsNamed(name, fabric).length > 0;
}

function portsNamed(name: string, fabric: CompiledFabric): readonly FabricPort[] {
  const isMeant = ({ id, endpoint }: CompiledFabric['interfaces'][number]) =>
    id === name || endpoint === name || endpoint.replace(/#\d+$/, '') === name;
  return [
    ...fabric.interfaces.filter(isMeant),
    ...fabric.natGateways.filter(({ address }) => address === name),
  ];
}

function found(ports: readonly FabricPort[], what: string): readonly Party[] {
  if (ports.length === 0) {
    throw new DrydockError(
      'SIM_ENDPOINT_UNKNOWN',
      `could not break ${what}: the network has nothing of that name; use a machine's id, a Terraform address, or internet`,
    );
  }
  return ports.map((port) => ({ kind: 'port', port }));
}
