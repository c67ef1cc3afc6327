/** Finds whole tokens in text: at each place the longest, from left to right, none overlapping. */

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  /** Token that ends here, -1 for none. */
  id: number;
}

export interface TokenMatch {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export interface TokenTrie {
  /** The first match at or after `from`, in UTF-16 code units. */
  next(text: string, from: number): TokenMatch | undefined;
}

/** @param entries texts and their ids; an empty text never matches. */
export function createTokenTrie(entries: Iterable<readonly [text: string, id: number]>): TokenTrie {
  const root: TrieNode = { children: new Map(), id: -1 };
  for (const [text, id] of entries) {
    if (text !== '') insert(root, text, id);
  }
  return {
    next(text, from) {
      for (let start = from; start < text.length; start++) {
        const match = longestAt(root, text, start);
        if (match !== undefined) return match;
      }
      return undefined;
    },
  };
}

function insert(root: TrieNode, text: string, id: number): void {
  let node = root;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    let child = node.children.get(unit);
    if (child === undefined) {
      child = { children: new Map(), id: -1 };
      node.children.set(unit, child);
    }
    node = child;
  }
  node.id = id;
}

function longestAt(root: TrieNode, text: string, start: number): TokenMatch | undefined {
  let node: TrieNode | undefined = root;
  let match: TokenMatch | undefined;
  for (let at = start; at < text.length; at++) {
    node = node.children.get(text.charCodeAt(at));
    if (node === undefined) break;
    if (node.id !== -1) match = { id: node.id, start, end: at + 1 };
  }
  return match;
}
