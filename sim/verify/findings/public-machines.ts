/** Machines with public addresses where none, or fewer, may have been meant: the default VPC, whole VPCs, IPv6 beside IPv4. */

import { isInternetWide, portsText, rangesOf, subtract, union } from '../../policy/index.ts';
import type { EndpointKind, NetworkInterface, PortRange } from '../../vpc/model.ts';
import { type Check, type CheckContext, finding, listText, lowest } from '../checks.ts';
import type { ModelIndex } from '../model-index.ts';

const MACHINES: readonly EndpointKind[] = ['instance', 'autoscaling-member', 'ecs-task', 'network-interface'];

export const isMachine = ({ kind }: Pick<NetworkInterface, 'kind'>) => MACHINES.includes(kind);

export const checkEveryMachinePublic: Check = ({ index, endpoints }) => {
  const tiers = new Map(endpoints.map(({ endpoint, tier }) => [endpoint, tier]));
  return index.model.vpcs.flatMap((vpc) => {
    const machines = machinesOf(index, vpc.address);
    const names = machines.map(({ endpoint }) => endpoint);
    if (machines.length < 2 || !names.every((name) => tiers.get(name) === 'public')) return [];
    const message = `every machine of ${vpc.address} stands in a public subnet with a public address: ${listText(names)}`;
    return [finding('every-machine-public', { address: vpc.address, place: vpc.place, message })];
  });
};

export const checkDefaultVpc: Check = ({ index }) =>
  index.model.vpcs
    .filter(({ address }) => /(^|\.)aws_default_vpc\./.test(address))
    .flatMap((vpc) => {
      const names = machinesOf(index, vpc.address).map(({ endpoint }) => endpoint);
      if (names.length === 0) return [];
      const message = `${listText(names)} stand in the account's default VPC, whose subnets all lead to the internet`;
      return [finding('default-vpc-in-use', { address: vpc.address, place: vpc.place, message })];
    });

export const checkDefaultGroup: Check = ({ index }) =>
  index.model.securityGroups
    .filter(({ address, name }) => name === 'default' || /(^|\.)aws_default_security_group\./.test(address))
    .flatMap((group) => {
      const carriers = index.carriers(group.address).filter(({ kind }) => kind !== 'imagined');
      if (carriers.length === 0) return [];
      const isOpen = group.ingress.some(
        ({ protocol, peer }) => protocol === 'all' && peer.kind === 'security-group',
      );
      const names = listText(carriers.map(({ endpoint }) => endpoint));
      const message = `${names} in ${group.address}, which whatever names no group gets${isOpen ? ' and whose members reach each other on everything' : ''}`;
      return [
        finding('default-security-group-in-use', { address: group.address, place: group.place, message }),
      ];
    });

/** What IPv6 lets through between two that also speak IPv4 with one another, or could. */
export const checkIpv6Wider: Check = (context) => {
  const wider = widerPorts(context);
  const groups = Map.groupBy(wider, ({ to }) => to);
  return [...groups.entries()].map(([to, rows]) => {
    const [first] = rows;
    const [networkInterface] = context.index.named(to);
    const texts = rows.map(
      ({ from, protocol, ports }) => `${from} on ${protocol} ${portsText(ports, protocol)}`,
    );
    const trace =
      first &&
      context.traces.trace({
        from: first.from,
        to,
        protocol: first.protocol,
        family: 6,
        port: lowest(first.ports),
      });
    return finding('ipv6-wider-than-ipv4', {
      address: networkInterface?.address ?? to,
      place: networkInterface?.place,
      message: `${to} is reached over IPv6 and not over IPv4 by ${listText(texts)}`,
      path: trace?.lines ?? [],
    });
  });
};

interface Wider {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly ports: readonly PortRange[];
}

function widerPorts({ flows, index }: CheckContext): readonly Wider[] {
  if (!flows.some(({ family }) => family === 6)) return [];
  const rows = flows.filter(
    ({ from, to }) => (from === 'internet' || !isInternetWide(from)) && index.named(to).length > 0,
  );
  const pairs = Map.groupBy(rows, ({ from, to, protocol }) => [from, to, protocol].join('\n'));
  return [...pairs.values()].flatMap((pair) => {
    const [first] = pair;
    if (first === undefined) return [];
    const portsOf = (family: number, kinds: readonly string[]) =>
      union(
        pair.filter((row) => row.family === family && kinds.includes(row.verdict.kind)).flatMap(rangesOf),
      );
    const ports = subtract(portsOf(6, ['always', 'depends']), portsOf(4, ['always', 'depends', 'unknown']));
    const { from, to, protocol } = first;
    return ports.length === 0 ? [] : [{ from, to, protocol, ports }];
  });
}

export function machinesOf(index: ModelIndex, vpc: string): readonly NetworkInterface[] {
  return index.model.interfaces.filter((one) => isMachine(one) && index.subnet(one.subnet)?.vpc === vpc);
}
