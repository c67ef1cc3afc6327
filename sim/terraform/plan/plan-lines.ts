/** On which line of a plan each of its resources stands. Looked up once, in one pass that skips whatever else is there. */

import type { Positions } from '../positions.ts';

type Step = string | number;

/** Of what lies inside a resource, the line of the resource. */
export function planLines(text: string): Positions {
  let starts: ReadonlyMap<string, number> | undefined;
  return {
    duplicates: [],
    isTooDeep: false,
    lineAt(path) {
      starts ??= resourceStarts(text);
      const end = path.lastIndexOf('resources');
      return (end === -1 ? undefined : starts.get(keyOf(path.slice(0, end + 2)))) ?? 1;
    },
  };
}

const keyOf = (path: readonly Step[]) => path.join('/');

/** Names on the way to resources; what lies under any other is not looked at. */
const WAYS: ReadonlySet<string> = new Set([
  'planned_values',
  'prior_state',
  'values',
  'root_module',
  'child_modules',
]);

/** The text is valid JSON. Lines from 1. */
function resourceStarts(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  // What terraform writes is one line, unless somebody formats it.
  if (!text.trimEnd().includes('\n')) return found;
  new Scanner(text, found).value([]);
  return found;
}

class Scanner {
  readonly #text: string;
  readonly #found: Map<string, number>;
  #at = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string, found: Map<string, number>) {
    this.#text = text;
    this.#found = found;
  }

  /** Reads the value that starts here, with whatever resources are in it. */
  value(path: readonly Step[]): void {
    const character = this.#skipSpace();
    if (character === '{') this.#object(path);
    else if (character === '[') this.#list(path);
    else this.#skipValue();
  }

  #object(path: readonly Step[]): void {
    this.#at += 1;
    while (this.#skipSpace() !== '}') {
      if (this.#text[this.#at] === ',') {
        this.#at += 1;
        this.#skipSpace();
      }
      const start = this.#at + 1;
      this.#skipString();
      const name = this.#text.slice(start, this.#at - 1);
      this.#skipSpace();
      this.#at += 1;
      if (name === 'resources') this.#resources([...path, name]);
      else if (WAYS.has(name)) this.value([...path, name]);
      else this.#skipValue();
    }
    this.#at += 1;
  }

  #list(path: readonly Step[]): void {
    this.#items((index) => this.value([...path, index]));
  }

  #resources(path: readonly Step[]): void {
    if (this.#skipSpace() !== '[') {
      this.#skipValue();
      return;
    }
    this.#items((index) => {
      this.#skipSpace();
      this.#found.set(keyOf([...path, index]), this.#lineHere());
      this.#skipValue();
    });
  }

  #items(read: (index: number) => void): void {
    this.#at += 1;
    for (let index = 0; this.#skipSpace() !== ']'; index += 1) {
      if (this.#text[this.#at] === ',') this.#at += 1;
      read(index);
    }
    this.#at += 1;
  }

  /** To the end of whatever starts here, brackets in brackets counted and not followed. */
  #skipValue(): void {
    this.#skipSpace();
    for (let depth = 0; this.#at < this.#text.length; ) {
      const code = this.#text.charCodeAt(this.#at);
      if (depth === 0 && (code === COMMA || code === CLOSING_BRACE || code === CLOSING_BRACKET)) return;
      if (code === QUOTE) this.#skipString();
      else this.#at += 1;
      if (code === OPENING_BRACE || code === OPENING_BRACKET) depth += 1;
      else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) depth -= 1;
      else if (code !== QUOTE) continue;
      if (depth === 0) return;
    }
  }

  #skipString(): void {
    this.#at += 1;
    for (;;) {
      const end = this.#text.indexOf('"', this.#at);
      let backslashes = 0;
      while (this.#text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
      this.#at = end === -1 ? this.#text.length : end + 1;
      if (end === -1 || backslashes % 2 === 0) return;
    }
  }

  #skipSpace(): string | undefined {
    while (this.#text.charCodeAt(this.#at) <= SPACE) this.#at += 1;
    return this.#text[this.#at];
  }

  #lineHere(): number {
    for (;;) {
      const end = this.#text.indexOf('\n', this.#counted);
      if (end === -1 || end >= this.#at) return this.#line;
      this.#line += 1;
      this.#counted = end + 1;
    }
  }
}

const [QUOTE, COMMA, BACKSLASH, SPACE] = [0x22, 0x2c, 0x5c, 0x20];
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
