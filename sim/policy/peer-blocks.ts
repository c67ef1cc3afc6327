/** The blocks of addresses that a rule of a security group names: its own, those of its prefix list, or all there are. */

import type { SecurityGroupRule } from '../vpc/model.ts';

const EVERYTHING = ['0.0.0.0/0', '::/0'];

/** None for a rule that names a group: it means private addresses, whoever has them. */
export function cidrsOfPeer(peer: SecurityGroupRule['peer']): readonly string[] {
  switch (peer.kind) {
    case 'cidr':
      return [peer.cidr];
    case 'prefix-list':
      return peer.cidrs;
    case 'any':
      return EVERYTHING;
    case 'security-group':
      return [];
  }
}
