/** Endpoints by tier, members of a group together, each with what the internet has to do with it. */

import { type Report, type ReportEndpoint, type Tier, tiers } from '../report.ts';
import { type Region, reachLines, regionOf } from './reach-lines.ts';

export interface EndpointLine {
  /** The endpoint, or the address of a group. */
  readonly name: string;
  readonly kind: string;
  readonly members: number;
  readonly subnets: readonly string[];
  readonly fromInternet: string;
  readonly toInternet: string;
}

export interface TierLines {
  readonly tier: Tier;
  readonly endpoints: readonly EndpointLine[];
}

export function endpointsByTier(report: Report): readonly TierLines[] {
  const traffic = trafficByName(report);
  return tiers
    .map((tier) => ({
      tier,
      endpoints: linesOf(
        report.endpoints.filter((one) => one.tier === tier),
        traffic,
      ),
    }))
    .filter(({ endpoints }) => endpoints.length > 0);
}

type TrafficByName = (region: Region, endpoint: ReportEndpoint) => string;

function linesOf(endpoints: readonly ReportEndpoint[], traffic: TrafficByName): readonly EndpointLine[] {
  const alike = Map.groupBy(endpoints, (endpoint) =>
    [endpoint.resource, traffic('from-internet', endpoint), traffic('to-internet', endpoint)].join('\n'),
  );
  return [...alike.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    return [
      {
        name: members.length === 1 ? first.address : first.resource,
        kind: first.kind,
        members: members.length,
        subnets: [...new Set(members.flatMap(({ subnet }) => subnet ?? []))],
        fromInternet: traffic('from-internet', first),
        toInternet: traffic('to-internet', first),
      },
    ];
  });
}

function trafficByName({ reach }: Report): TrafficByName {
  const texts = new Map<string, string[]>();
  for (const region of ['from-internet', 'to-internet'] as const) {
    const rows = reach.filter((row) => regionOf(row) === region);
    for (const { from, to, traffic, remark } of reachLines(rows)) {
      const [own, other] = region === 'from-internet' ? [to, from] : [from, to];
      const who = other === 'internet' ? '' : ` (${other})`;
      const key = `${region}\n${own}`;
      texts.set(key, [...(texts.get(key) ?? []), `${traffic}${who}${remark === '' ? '' : ` (${remark})`}`]);
    }
  }
  return (region, { address, resource }) =>
    [...new Set([address, resource])].flatMap((name) => texts.get(`${region}\n${name}`) ?? []).join(', ');
}
