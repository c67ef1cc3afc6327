/**
 * Interfaces that no rule, route or list can tell apart. Two of each class stand for all of it: two, so that traffic
 * between members is seen as well. Which are left out is told, and what the others stand for.
 */

import { containsAddress, parseAddress } from '../terraform/index.ts';
import type { NetworkInterface, VpcModel } from '../vpc/model.ts';
import { singledOutBlocks } from './outside-addresses.ts';

const KEPT_PER_CLASS = 2;

export interface CollapsedClass {
  /** Endpoints that are probed. */
  readonly representatives: readonly string[];
  /** Endpoints that they stand for. */
  readonly members: readonly string[];
}

export interface CollapsedInterfaces {
  readonly kept: readonly NetworkInterface[];
  /** Only those classes of which a member is left out. */
  readonly collapsed: readonly CollapsedClass[];
}

export function collapseInterfaces(model: VpcModel): CollapsedInterfaces {
  const keyOf = classKeys(model);
  const classes = Map.groupBy(model.interfaces, keyOf);
  const kept = new Set([...classes.values()].flatMap((members) => members.slice(0, KEPT_PER_CLASS)));
  const collapsed = [...classes.values()]
    .filter((members) => members.length > KEPT_PER_CLASS)
    .map((members) => ({
      representatives: members.slice(0, KEPT_PER_CLASS).map(({ endpoint }) => endpoint),
      members: members.slice(KEPT_PER_CLASS).map(({ endpoint }) => endpoint),
    }));
  return { kept: model.interfaces.filter((eni) => kept.has(eni)), collapsed };
}

/** Same subnet, same groups, same kinds of address, same doubts, and inside or outside every named block alike. */
function classKeys(model: VpcModel): (eni: NetworkInterface) => string {
  const named = singledOutBlocks(model);
  const membership = (text: string | undefined) => {
    const address = text === undefined ? undefined : parseAddress(text);
    if (address === undefined) return null;
    return named.map((block) => (containsAddress(block, address) ? 1 : 0)).join('');
  };
  return (eni) =>
    JSON.stringify([
      eni.subnet,
      eni.securityGroups.toSorted(),
      membership(eni.privateAddress),
      membership(eni.publicAddress),
      membership(eni.ipv6Address),
      eni.uncertain ?? null,
    ]);
}
