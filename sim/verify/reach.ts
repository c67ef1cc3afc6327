/** The rows of the proof as the report has them. */

import type { Answer, Flow, Proof } from '../prove/index.ts';
import type { PortRange } from '../vpc/model.ts';
import type { Reach } from './report.ts';

/** What verdicts speak of: nobody opens a connection from a port below. */
const EVERY_SOURCE_PORT: PortRange = { from: 1024, to: 65_535 };

export function reachesOf({ flows, byPublicAddress }: Pick<Proof, 'flows' | 'byPublicAddress'>): Reach[] {
  return [
    ...flows.map((flow) => reachOf(flow, false)),
    ...byPublicAddress.map((flow) => reachOf(flow, true)),
  ];
}

function reachOf(flow: Flow, byPublicAddress: boolean): Reach {
  const { from, to, protocol, family, ports, delivered, verdict } = flow;
  return {
    from,
    to,
    protocol,
    family,
    byPublicAddress,
    ports: ports.map((range) => ({ ...range })),
    codes: (flow.codes ?? []).map((range) => ({ ...range })),
    delivered: delivered.kind,
    verdict: verdict.kind,
    sourcePorts: sourcePortsOf(verdict, protocol).map((range) => ({ ...range })),
    causes: [...new Set([...causesOf(delivered), ...causesOf(verdict)])],
  };
}

function sourcePortsOf(verdict: Answer, protocol: string): readonly PortRange[] {
  if (verdict.kind === 'depends') return verdict.sourcePorts;
  return verdict.kind === 'always' && ['tcp', 'udp'].includes(protocol) ? [EVERY_SOURCE_PORT] : [];
}

function causesOf(answer: Answer): readonly string[] {
  return answer.kind === 'unknown' ? answer.causes.map(({ address }) => address) : [];
}
