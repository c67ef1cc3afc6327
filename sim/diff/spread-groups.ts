/**
 * Brings two proofs to the same names: where one speaks of a whole group and the other of its members, rows of the group
 * are written out for its members. Without it, a group whose members begin to differ would seem to close and open everything.
 */

import { type Flow, groupNameOf, type Proof } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';

export interface Side {
  readonly model: VpcModel;
  readonly proof: Proof;
}

/** A group stays whole only where neither side tells its members apart and both have as many. */
export function spreadGroups(before: Side, after: Side): readonly [Side, Side] {
  const members = [membersOf(before.model), membersOf(after.model)] as const;
  const named = new Set(
    [before, after].flatMap(({ proof }) =>
      [...proof.flows, ...proof.byPublicAddress].flatMap(({ from, to }) => [from, to]),
    ),
  );
  const split = new Set([...named].filter((name) => /#\d+$/.test(name)).map(groupNameOf));
  const spread = (side: Side, index: 0 | 1): Side => {
    const each = (flow: Flow) => spreadFlow(flow, { members: members[index], split });
    const { flows, byPublicAddress } = side.proof;
    const proof = { flows: flows.flatMap(each), byPublicAddress: byPublicAddress.flatMap(each) };
    return { ...side, proof: { ...side.proof, ...proof } };
  };
  return [spread(before, 0), spread(after, 1)];
}

function membersOf(model: VpcModel): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(
    model.interfaces.map(({ endpoint }) => endpoint).filter((endpoint) => groupNameOf(endpoint) !== endpoint),
    groupNameOf,
  );
}

function spreadFlow(
  flow: Flow,
  {
    members,
    split,
  }: { readonly members: ReadonlyMap<string, readonly string[]>; readonly split: ReadonlySet<string> },
): readonly Flow[] {
  const namesOf = (name: string) => (split.has(name) ? (members.get(name) ?? [name]) : [name]);
  return namesOf(flow.from).flatMap((from) =>
    namesOf(flow.to)
      .filter((to) => to !== from || flow.from === flow.to)
      .filter((to) => !(to === from && /#\d+$/.test(to)))
      .map((to) => ({ ...flow, from, to })),
  );
}
