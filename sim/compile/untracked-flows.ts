/**
 * Flows that AWS does not track: TCP and UDP that a rule permits from or to everywhere while the other direction permits every
 * answer (EC2 User Guide, "Untracked connections"). They get a mark, and a marked flow is judged by the rules packet by packet,
 * so that it ends with the rule that permitted it. No first packet is judged otherwise for it, nor the answer to it.
 */
import type { Direction, SecurityGroupRule } from '../vpc/model.ts';
import { everything, type Family, families, nft } from './families.ts';
import { coversAllPorts } from './rule-match.ts';
import type { PlacedInterface, PlacedVpc } from './topology.ts';
import { type TrackedPeers, trackedDestinations } from './tracked-peers.ts';

export interface UntrackedContext {
  readonly vpc: PlacedVpc;
  readonly placed: PlacedInterface;
  readonly rules: Readonly<Record<Direction, readonly SecurityGroupRule[]>>;
  readonly tracked: TrackedPeers;
}

/** Of connection tracking, on flows that AWS does not track. */
const untrackedMark = 1;

/** Answers pass whatever the rules say, but those of a flow that is not tracked. What reports an error of a flow belongs to it. */
export const trackedAnswers: readonly string[] = [
  `ct state established ct mark != ${untrackedMark} accept`,
  'ct state related accept',
];

const protocols = { 6: 'tcp', 17: 'udp' } as const;
const other: Readonly<Record<Direction, Direction>> = { ingress: 'egress', egress: 'ingress' };

/** Lines that mark what begins in one direction. They judge nothing. */
export function untrackedLines(direction: Direction, context: UntrackedContext): readonly string[] {
  if (context.tracked.isTracked(context.placed.networkInterface)) return [];
  return families.flatMap((family) =>
    ([6, 17] as const).flatMap((protocol) => {
      const ofEveryone = (side: Direction) =>
        context.rules[side].filter((rule) => speaksToEveryone(rule, family, protocol));
      if (!ofEveryone(other[direction]).some(hasAllPorts)) return [];
      const peers = peerCondition(direction, family, context);
      return ofEveryone(direction).map((rule) => {
        const ports =
          hasAllPorts(rule) || rule.ports === undefined
            ? `meta l4proto ${protocols[protocol]}`
            : `${protocols[protocol]} dport ${rule.ports.from}-${rule.ports.to}`;
        return `ct state new ${peers}${ports} ct mark set ${untrackedMark}`;
      });
    }),
  );
}

function speaksToEveryone({ peer, protocol }: SecurityGroupRule, family: Family, wanted: number): boolean {
  return (
    peer.kind === 'cidr' && peer.cidr === everything[family] && (protocol === 'all' || protocol === wanted)
  );
}

function hasAllPorts({ protocol, ports }: SecurityGroupRule): boolean {
  return protocol === 'all' || ports === undefined || coversAllPorts(ports);
}

/** With a trailing space. */
function peerCondition(
  direction: Direction,
  family: Family,
  { vpc, placed, tracked }: UntrackedContext,
): string {
  const field = direction === 'ingress' ? 'saddr' : 'daddr';
  const excepted = [
    ...tracked.of(family),
    ...(direction === 'egress' ? trackedDestinations(vpc, placed, family) : []),
  ];
  if (excepted.length === 0) return `meta nfproto ${family === 4 ? 'ipv4' : 'ipv6'} `;
  return `${nft[family].header} ${field} != { ${excepted.join(', ')} } `;
}
