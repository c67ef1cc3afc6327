/**
 * Flows as they are drawn: one arrow for each pair of groups, whatever its ports and families, and one more where some of
 * them stand otherwise. Members of a group share its arrows; a member that differs from the rest is told in the hint.
 */

import { type Answer, type Flow, groupNameOf } from '../prove/index.ts';
import type { PortRange } from '../vpc/model.ts';
import type { Standing } from './picture.ts';

export interface DrawnFlow {
  /** Group addresses, `internet`, or a CIDR block. */
  readonly from: string;
  readonly to: string;
  readonly standing: Standing;
  /** `tcp 443, 9000-9010; udp 53`. */
  readonly traffic: string;
}

const STANDINGS: readonly Standing[] = ['works', 'broken', 'unknown'];

export function drawnFlows(flows: readonly Flow[]): readonly DrawnFlow[] {
  const pairs = Map.groupBy(flows, (flow) => JSON.stringify([groupNameOf(flow.from), groupNameOf(flow.to)]));
  return [...pairs].flatMap(([key, members]) => {
    const [from, to] = JSON.parse(key) as [string, string];
    return STANDINGS.flatMap((standing) => {
      const alike = members.filter((flow) => standingOf(flow) === standing);
      return alike.length === 0 ? [] : [{ from, to, standing, traffic: describeTraffic(alike) }];
    });
  });
}

function standingOf({ verdict, delivered }: Flow): Standing {
  const answers: readonly Answer[] = [verdict, delivered];
  if (answers.some(({ kind }) => kind === 'unknown')) return 'unknown';
  return verdict.kind === 'always' ? 'works' : 'broken';
}

function describeTraffic(flows: readonly Flow[]): string {
  const lines = new Set<string>();
  for (const family of [4, 6] as const) {
    for (const [protocol, alike] of Map.groupBy(
      flows.filter((flow) => flow.family === family),
      (flow) => flow.protocol,
    )) {
      const ports = mergePorts(alike.flatMap((flow) => flow.ports));
      lines.add(`${protocol}${ports === '' ? '' : ` ${ports}`}${family === 6 ? ' (IPv6)' : ''}`);
    }
  }
  return [...lines].join('; ');
}

function mergePorts(ports: readonly PortRange[]): string {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of ports.toSorted((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
