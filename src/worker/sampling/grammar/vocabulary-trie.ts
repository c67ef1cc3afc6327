/**
 * All tokens that stand for text, by their bytes. Nodes lie in preorder, so that walking the trie is walking arrays; equal tokens
 * (a byte token and a piece of one letter) share a node. Control tokens are left out: no grammar asks for them.
 */

import type { Vocabulary } from '../../vocabulary.ts';
import { tokenBytes } from '../token-bytes.ts';

export interface VocabularyTrie {
  /** Entries of the vocabulary, also those without a node. */
  readonly vocabSize: number;
  /** By node: the byte that leads to it. Node 0 is the root. */
  readonly byte: Uint8Array;
  /** By node: bytes from the root. */
  readonly depth: Uint16Array;
  /** By node: the first node behind its subtree. */
  readonly end: Int32Array;
  /** By node: a token that ends here, or -1. */
  readonly token: Int32Array;
  /** By token: another one with the same bytes, or -1. */
  readonly twin: Int32Array;
}

const stepTokens = 1024;
const stepNodes = 32_768;

/** Yields now and then, so that whoever builds it can do something else in between. */
export function* buildVocabularyTrie(vocabulary: Vocabulary): Generator<undefined, VocabularyTrie> {
  const vocabSize = vocabulary.tokens.length;
  const links = new LinkedNodes(vocabSize);
  const twin = new Int32Array(vocabSize).fill(-1);
  for (let id = 0; id < vocabSize; id++) {
    const bytes = tokenBytes(vocabulary, id);
    if (bytes.length > 0) {
      const node = links.reach(bytes);
      twin[id] = (links.token[node] ?? 0) - 1;
      links.token[node] = id + 1;
    }
    if (id % stepTokens === stepTokens - 1) yield;
  }
  return { vocabSize, twin, ...(yield* layOut(links)) };
}

/**
 * Nodes in the order of their making, each with a list of its children. Typed arrays, for growing others stalls the event loop;
 * 0 is "none" in all of them (nothing leads to the root), for filling them with anything else stalls it too.
 */
class LinkedNodes {
  size = 1;
  #slots: Int32Array;
  #parent: Int32Array;
  byte: Uint8Array;
  /** The token that ends there, plus 1. */
  token: Int32Array;
  firstChild: Int32Array;
  nextSibling: Int32Array;

  /** @param tokens whose nodes are expected; a vocabulary has two or three for each, and may have more. */
  constructor(tokens: number) {
    const capacity = 2 ** Math.ceil(Math.log2(tokens * 3 + 16));
    // Twice as many slots as nodes keep the searches short.
    this.#slots = new Int32Array(capacity * 2);
    this.#parent = new Int32Array(capacity);
    this.byte = new Uint8Array(capacity);
    this.token = new Int32Array(capacity);
    this.firstChild = new Int32Array(capacity);
    this.nextSibling = new Int32Array(capacity);
  }

  /** The node of these bytes, made where it is missing. */
  reach(bytes: Uint8Array): number {
    let node = 0;
    for (const byte of bytes) node = this.#child(node, byte);
    return node;
  }

  #child(parent: number, byte: number): number {
    let slot = this.#slotOf(parent, byte);
    for (; ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const node = this.#slots[slot] ?? 0;
      if (node === 0) break;
      if (this.#parent[node] === parent && this.byte[node] === byte) return node;
    }
    if (this.size === this.byte.length) {
      this.#grow();
      return this.#child(parent, byte);
    }
    const node = this.size++;
    this.#parent[node] = parent;
    this.byte[node] = byte;
    this.nextSibling[node] = this.firstChild[parent] ?? 0;
    this.firstChild[parent] = node;
    this.#slots[slot] = node;
    return node;
  }

  #slotOf(parent: number, byte: number): number {
    const key = Math.imul(parent * 256 + byte, 0x9e3779b1);
    return (key ^ (key >>> 15)) & (this.#slots.length - 1);
  }

  #grow(): void {
    const capacity = this.byte.length * 2;
    this.#parent = widen(this.#parent, new Int32Array(capacity));
    this.byte = widen(this.byte, new Uint8Array(capacity));
    this.token = widen(this.token, new Int32Array(capacity));
    this.firstChild = widen(this.firstChild, new Int32Array(capacity));
    this.nextSibling = widen(this.nextSibling, new Int32Array(capacity));
    this.#slots = new Int32Array(capacity * 2);
    for (let node = 1; node < this.size; node++) {
      let slot = this.#slotOf(this.#parent[node] ?? 0, this.byte[node] ?? 0);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = node;
    }
  }
}

function widen<Numbers extends Int32Array | Uint8Array>(numbers: Numbers, into: Numbers): Numbers {
  into.set(numbers);
  return into;
}

type Layout = Pick<VocabularyTrie, 'byte' | 'depth' | 'end' | 'token'>;

function* layOut(links: LinkedNodes): Generator<undefined, Layout> {
  const { size } = links;
  const trie = {
    byte: new Uint8Array(size),
    depth: new Uint16Array(size),
    end: new Int32Array(size),
    token: new Int32Array(size),
  };
  // Open nodes from the root down: where each was laid, and its child that is to be laid next.
  const placed: number[] = [0];
  const children: number[] = [links.firstChild[0] ?? 0];
  trie.token[0] = -1;
  let at = 1;
  for (let steps = 1; placed.length > 0; steps++) {
    if (steps % stepNodes === 0) yield;
    const top = placed.length - 1;
    const node = children[top] ?? 0;
    if (node === 0) {
      trie.end[placed.pop() ?? 0] = at;
      children.pop();
      continue;
    }
    children[top] = links.nextSibling[node] ?? 0;
    trie.byte[at] = links.byte[node] ?? 0;
    trie.token[at] = (links.token[node] ?? 0) - 1;
    trie.depth[at] = placed.length;
    placed.push(at++);
    children.push(links.firstChild[node] ?? 0);
  }
  return trie;
}
