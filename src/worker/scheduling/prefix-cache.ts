/**
 * Keys and values of prompts' beginnings, a chunk at a time, for whoever begins alike. A tree: a chunk is found only by way of the
 * chunks before it, and by its very tokens, so what is found is what this prompt would have computed. Bounded; what was not used
 * for longest goes first, ends of chains before their beginnings.
 */

import type { KvChunk, Sequence } from '../runner.ts';

export interface PrefixCacheOptions {
  /** Memory of all chunks together. */
  readonly bytesMax: number;
  readonly chunkTokens: number;
}

interface Node {
  readonly parent: Node | undefined;
  readonly key: string;
  readonly children: Map<string, Node>;
  /** The root has none. */
  readonly chunk: KvChunk | undefined;
  lastUse: number;
  /** Prompts that are just reading or extending it. */
  holders: number;
}

/** A place in the tree: the chunks of one prompt so far. Held by its prompt until it is disposed. */
export interface PrefixPlace extends Disposable {
  /** Moves on to the sequence's last chunk, and keeps a copy of it unless it is there. */
  extend(sequence: Sequence, ids: readonly number[]): Promise<void>;
}

export interface PrefixCacheCounts {
  readonly bytes: number;
  readonly chunks: number;
  readonly hitTokens: number;
  readonly missedTokens: number;
}

export class PrefixCache implements Disposable {
  readonly #options: PrefixCacheOptions;
  readonly #root: Node = newNode(undefined, '', undefined);
  readonly #nodes = new Set<Node>();
  #bytes = 0;
  #uses = 0;
  #hitTokens = 0;
  #missedTokens = 0;

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
  }

  get counts(): PrefixCacheCounts {
    return {
      bytes: this.#bytes,
      chunks: this.#nodes.size,
      hitTokens: this.#hitTokens,
      missedTokens: this.#missedTokens,
    };
  }

  /**
   * Gives an empty sequence what is known of a prompt's beginning: whole chunks, and never all of the prompt, for the last token's
   * logits are wanted.
   */
  async restore(sequence: Sequence, ids: readonly number[]): Promise<PrefixPlace> {
    const { chunkTokens } = this.#options;
    const held: Node[] = [];
    let node = this.#root;
    try {
      for (let at = 0; at + chunkTokens < ids.length; at += chunkTokens) {
        const next = node.children.get(keyOf(ids.slice(at, at + chunkTokens)));
        if (next?.chunk === undefined) break;
        node = this.#hold(next, held);
        await sequence.appendChunk(next.chunk);
      }
    } catch (error) {
      release(held);
      throw error;
    }
    this.#hitTokens += sequence.length;
    this.#missedTokens += ids.length - sequence.length;
    return {
      extend: async (extended, chunkIds) => {
        node = this.#hold(await this.#child(node, { extended, chunkIds }), held);
      },
      [Symbol.dispose]: () => release(held.splice(0)),
    };
  }

  [Symbol.dispose](): void {
    for (const { chunk } of this.#nodes) chunk?.[Symbol.dispose]();
    this.#nodes.clear();
    this.#root.children.clear();
    this.#bytes = 0;
  }

  async #child(
    node: Node,
    { extended, chunkIds }: { readonly extended: Sequence; readonly chunkIds: readonly number[] },
  ): Promise<Node> {
    const key = keyOf(chunkIds);
    // What comes after something that nobody can find would not be found either.
    if (node !== this.#root && !this.#nodes.has(node)) return newNode(node, key, undefined);
    const known = node.children.get(key);
    if (known !== undefined) return known;
    const chunk = await extended.copyLastChunk();
    // Somebody with the same beginning may have come first, while the copy was made.
    const rival = node.children.get(key);
    if (rival !== undefined) {
      chunk[Symbol.dispose]();
      return rival;
    }
    const added = newNode(node, key, chunk);
    if (!this.#makeRoom(chunk.bytes)) {
      chunk[Symbol.dispose]();
      return newNode(node, key, undefined);
    }
    node.children.set(key, added);
    this.#nodes.add(added);
    this.#bytes += chunk.bytes;
    return added;
  }

  #hold(node: Node, held: Node[]): Node {
    node.holders += 1;
    node.lastUse = ++this.#uses;
    held.push(node);
    return node;
  }

  /** @returns whether there is room now. */
  #makeRoom(bytes: number): boolean {
    while (this.#bytes + bytes > this.#options.bytesMax) {
      let oldest: Node | undefined;
      for (const node of this.#nodes) {
        const isFree = node.children.size === 0 && node.holders === 0;
        if (isFree && (oldest === undefined || node.lastUse < oldest.lastUse)) oldest = node;
      }
      if (oldest === undefined) return false;
      this.#remove(oldest);
    }
    return true;
  }

  #remove(node: Node): void {
    node.parent?.children.delete(node.key);
    this.#nodes.delete(node);
    this.#bytes -= node.chunk?.bytes ?? 0;
    node.chunk?.[Symbol.dispose]();
  }
}

function newNode(parent: Node | undefined, key: string, chunk: KvChunk | undefined): Node {
  return { parent, key, children: new Map(), chunk, lastUse: 0, holders: 0 };
}

function release(nodes: readonly Node[]): void {
  for (const node of nodes) node.holders -= 1;
}

/** The tokens themselves, not a hash of them: two beginnings are alike only if they are the same. */
function keyOf(ids: readonly number[]): string {
  return ids.join();
}
