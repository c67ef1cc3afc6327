/**
 * CIDR blocks by inclusion. Two blocks are apart or one holds the other, so the smallest block around an address says
 * of every block whether it holds the address: addresses with the same smallest block are alike to all rules.
 */

import { type Cidr, type IpFamily, lastValueOf } from '../terraform/index.ts';
import { type Address, cidrFrom } from './address-space.ts';

export interface CidrNode {
  readonly index: number;
  readonly cidr: Cidr;
  readonly text: string;
  readonly last: bigint;
  /** The index of the last block that it holds: those from its own to this are within it. */
  readonly end: number;
  readonly parent?: CidrNode;
  /** Sorted, apart from each other. */
  readonly children: readonly CidrNode[];
}

export interface CidrTree {
  /** Roots first: everything in IPv4 and in IPv6; a block after the block that holds it. */
  readonly nodes: readonly CidrNode[];
  readonly roots: Readonly<Record<IpFamily, CidrNode>>;
  readonly byText: ReadonlyMap<string, CidrNode>;
}

interface GrowingNode extends CidrNode {
  end: number;
  readonly children: GrowingNode[];
}

export function cidrTree(texts: Iterable<string>): CidrTree {
  const distinct = new Set(['0.0.0.0/0', '::/0', ...texts]);
  const blocks = [...distinct].map((text) => ({ text, cidr: cidrFrom(text) })).sort(compareBlocks);
  const nodes: GrowingNode[] = [];
  const open: GrowingNode[] = [];
  for (const { text, cidr } of blocks) {
    const last = lastValueOf(cidr);
    while (open.length > 0 && !holds(open.at(-1), cidr)) open.pop();
    const parent = open.at(-1);
    const node = {
      index: nodes.length,
      end: nodes.length,
      cidr,
      text,
      last,
      children: [],
      ...(parent && { parent }),
    };
    parent?.children.push(node);
    nodes.push(node);
    open.push(node);
    for (const holder of open) holder.end = node.index;
  }
  const byText = new Map(nodes.map((node) => [node.text, node]));
  return { nodes, byText, roots: { 4: rootOf(byText, '0.0.0.0/0'), 6: rootOf(byText, '::/0') } };
}

/** The smallest block that holds the address. */
export function smallestAround(tree: CidrTree, address: Address): CidrNode {
  let node = tree.roots[address.family];
  for (;;) {
    const next = childAround(node.children, address.value);
    if (next === undefined) return node;
    node = next;
  }
}

export function isWithinBlock(inner: CidrNode, outer: CidrNode): boolean {
  return outer.index <= inner.index && inner.index <= outer.end;
}

/** Itself and the blocks that hold it, smallest first. */
export function around(node: CidrNode): readonly CidrNode[] {
  return node.parent === undefined ? [node] : [node, ...around(node.parent)];
}

function childAround(children: readonly CidrNode[], value: bigint): CidrNode | undefined {
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const child = children[middle];
    if (child === undefined) return undefined;
    if (value > child.last) low = middle + 1;
    else if (value < child.cidr.base) high = middle;
    else return child;
  }
  return undefined;
}

function holds(outer: GrowingNode | undefined, inner: Cidr): boolean {
  if (outer === undefined || outer.cidr.family !== inner.family) return false;
  return outer.cidr.base <= inner.base && inner.base <= outer.last;
}

function compareBlocks(one: { readonly cidr: Cidr }, other: { readonly cidr: Cidr }): number {
  if (one.cidr.family !== other.cidr.family) return one.cidr.family - other.cidr.family;
  if (one.cidr.base !== other.cidr.base) return one.cidr.base < other.cidr.base ? -1 : 1;
  return one.cidr.prefix - other.cidr.prefix;
}

function rootOf(byText: ReadonlyMap<string, CidrNode>, text: string): CidrNode {
  const root = byText.get(text);
  if (root === undefined) throw new TypeError('a tree has both roots');
  return root;
}
