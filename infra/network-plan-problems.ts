/** What is wrong with an environment's addresses, each with the field to blame: zones, subnets, engines. Pure. */
import { contains, type Ipv4Range, overlaps, parseIpv4, parseIpv4Cidr } from './ipv4.ts';

export interface Problem {
  readonly path: (string | number)[];
  readonly message: string;
}

interface NamedRange {
  readonly path: (string | number)[];
  readonly text: string;
  readonly range: Ipv4Range;
}

interface ZonePlan {
  readonly name: string;
  readonly publicCidr: string;
  readonly privateCidr: string;
  readonly engineAddress: string;
}

export interface NetworkPlan {
  readonly region: string;
  readonly vpcCidr: string;
  readonly zones: readonly ZonePlan[];
}

/** Text that is no address or CIDR at all is passed over here: its own field says so. */
export function planProblems(network: NetworkPlan): Problem[] {
  return [...zoneNameProblems(network), ...subnetProblems(network), ...network.zones.flatMap(engineProblems)];
}

function zoneNameProblems({ zones, region }: NetworkPlan): Problem[] {
  return zones.flatMap(({ name }, index) => {
    const path = ['zones', index, 'name'];
    if (zones.findIndex((other) => other.name === name) !== index) {
      return [{ path, message: `repeats ${name}` }];
    }
    return name.slice(0, -1) === region ? [] : [{ path, message: `${name} is not in ${region}` }];
  });
}

function subnetProblems({ vpcCidr, zones }: NetworkPlan): Problem[] {
  const vpc = parseIpv4Cidr(vpcCidr);
  if (vpc === undefined) return [];
  const subnets = zones.flatMap((one, index) => [
    ...namedRange(['zones', index, 'publicCidr'], one.publicCidr),
    ...namedRange(['zones', index, 'privateCidr'], one.privateCidr),
  ]);
  return subnets.flatMap((subnet, index) => {
    if (!contains(vpc, subnet.range)) {
      return [{ path: subnet.path, message: `${subnet.text} is outside the VPC's ${vpcCidr}` }];
    }
    const other = subnets.slice(0, index).find(({ range }) => overlaps(range, subnet.range));
    if (other === undefined) return [];
    const message = `${subnet.text} overlaps ${other.path.join('.')} (${other.text})`;
    return [{ path: subnet.path, message }];
  });
}

function namedRange(path: (string | number)[], text: string): NamedRange[] {
  const range = parseIpv4Cidr(text);
  return range === undefined ? [] : [{ path, text, range }];
}

function engineProblems({ privateCidr, engineAddress }: ZonePlan, index: number): Problem[] {
  const path = ['zones', index, 'engineAddress'];
  const subnet = parseIpv4Cidr(privateCidr);
  const engine = parseIpv4(engineAddress);
  if (subnet === undefined || engine === undefined) return [];
  if (engine < subnet.first || engine > subnet.last) {
    return [{ path, message: `${engineAddress} is outside its private subnet ${privateCidr}` }];
  }
  // AWS keeps the first four addresses of every subnet, and the last.
  if (engine < subnet.first + 4 || engine === subnet.last) {
    return [{ path, message: `${engineAddress} is reserved by AWS in ${privateCidr}` }];
  }
  return [];
}
