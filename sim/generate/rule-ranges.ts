/** What rules speak of: protocols, and ports at the few boundaries of a draft. */

import type { Draft } from './draft.ts';

export interface RuleRange {
  /** As Terraform has it. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | '-1';
  readonly from: number;
  readonly to: number;
}

/** Below them, at the ends of the axis, and where the ports of clients begin. */
export function drawPorts(random: Draft['random']): readonly [number, ...number[]] {
  const cluster = random.integer(1, 60_000);
  const near = Array.from({ length: 4 }, () => cluster + random.integer(0, 6));
  return [0, 22, 443, 1023, 1024, 32_768, 60_999, 65_535, ...near];
}

export function drawRange(draft: Draft, family: 4 | 6): RuleRange {
  const { random } = draft;
  const kind = random.integer(0, 9);
  if (kind === 0) return { protocol: '-1', from: 0, to: 0 };
  if (kind === 1) {
    const type = random.pick(family === 4 ? [-1, 8, 0, 13] : [-1, 128, 129]);
    return {
      protocol: family === 4 ? 'icmp' : 'icmpv6',
      from: type,
      to: type === -1 ? -1 : random.pick([-1, 0]),
    };
  }
  const [one, other] = [random.pick(draft.ports), random.pick(draft.ports)];
  return { protocol: kind < 7 ? 'tcp' : 'udp', from: Math.min(one, other), to: Math.max(one, other) };
}
