/**
 * Walks the JSON of a file without building it or holding more than a window of it. Between values, `refill` moves the window on; a
 * string or number that was read is checked, as is that everything passed is UTF-8.
 */

import { isUtf8 } from 'node:buffer';
import { modelFileInvalid } from '../gguf/model-file-error.ts';

const quote = 0x22;
const backslash = 0x5c;
const closing: Readonly<Record<number, number>> = { 123: 0x7d, 91: 0x5d };
export const marks = { comma: 0x2c, colon: 0x3a, open: 0x7b, close: 0x7d, openList: 0x5b, closeList: 0x5d };
const depthMax = 64;

/** What the cursor reads: a file of a model, or bytes in memory. */
export interface JsonSource {
  readonly file: string;
  readonly bytes: number;
  /** Fills `into` from a position, or throws. */
  read(into: Uint8Array, position: number): Promise<void>;
}

/** So much lies ahead after `refill`; no string is longer. */
const aheadBytes = 64 * 1024;
const windowBytes = 1024 * 1024;
/** Gemma-3's list of added tokens takes 1.3 MB. */
const valueBytesMax = 8 * 1024 * 1024;

export class JsonCursor {
  /** The window. */
  bytes: Buffer = Buffer.alloc(0);
  /** Of the next byte, in the window. */
  at = 0;
  /** The last string that `string` passed: its bytes between the quotes, and whether they hold escapes. */
  start = 0;
  end = 0;
  isEscaped = false;
  readonly #source: JsonSource;
  /** What the windows lie in, one after the other. */
  #store: Buffer = Buffer.alloc(0);
  /** Where the window begins. */
  #base = 0;

  /** Nothing can be read before the first `refill`. */
  constructor(source: JsonSource) {
    this.#source = source;
  }

  /** Whether `refill` is due. */
  get isLow(): boolean {
    return this.bytes.length - this.at < aheadBytes && this.#base + this.bytes.length < this.#source.bytes;
  }

  /** Moves the window on, to begin with the next byte. Positions in it are void afterwards. */
  async refill(ahead = windowBytes): Promise<void> {
    if (!isUtf8(this.bytes.subarray(0, this.at))) throw modelFileInvalid(this.#source.file, 'it is not text');
    const rest = this.bytes.subarray(this.at);
    this.#base += this.at;
    const size = Math.min(Math.max(ahead, rest.length + aheadBytes), this.#source.bytes - this.#base);
    if (size > this.#store.length) this.#store = Buffer.allocUnsafeSlow(size);
    const window = this.#store.subarray(0, size);
    rest.copy(window);
    await this.#source.read(window.subarray(rest.length), this.#base + rest.length);
    this.bytes = window;
    this.at = 0;
  }

  /** Ends the file, of which nothing but blanks may be left. */
  async finish(): Promise<void> {
    while (this.isLow) await this.refill();
    if (this.peek() !== -1) throw this.invalid();
    await this.refill();
  }

  /** The next byte that is no blank, which stays; -1 at the end. */
  peek(): number {
    const { bytes } = this;
    while (this.at < bytes.length) {
      const byte = bytes[this.at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at++;
    }
    return -1;
  }

  take(mark: number): void {
    if (this.peek() !== mark) throw this.invalid();
    this.at++;
  }

  /** After an item of a list or of an object: whether there is another. Passes the comma, or the closing bracket. */
  hasMore(close: number): boolean {
    const byte = this.peek();
    this.at++;
    if (byte === marks.comma) return true;
    if (byte === close) return false;
    throw this.invalid();
  }

  /** Passes an opening bracket; whether anything is inside. An empty pair is passed whole. */
  enter(open: number): boolean {
    this.take(open);
    if (this.peek() !== closing[open]) return true;
    this.at++;
    return false;
  }

  string(): void {
    this.take(quote);
    const { bytes } = this;
    this.start = this.at;
    this.isEscaped = false;
    for (let at = this.at; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.end = at;
        this.at = at + 1;
        return;
      }
      if (byte < 0x20) break;
      if (byte !== backslash) continue;
      this.isEscaped = true;
      at++;
    }
    throw this.invalid();
  }

  /** Text of the last string. */
  text(): string {
    if (!this.isEscaped) return this.bytes.toString('utf8', this.start, this.end);
    return String(this.#parse(this.start - 1, this.end + 1));
  }

  /** Writes the bytes of the last string, without escapes. @returns how many. */
  copyText(into: Uint8Array, at: number): number {
    const { bytes, start, end } = this;
    if (this.isEscaped) {
      const text = Buffer.from(this.text());
      into.set(text, at);
      return text.length;
    }
    for (let from = start; from < end; from++) into[at + from - start] = bytes[from] ?? 0;
    return end - start;
  }

  /** A key and its colon. */
  key(): string {
    this.string();
    const key = this.text();
    this.take(marks.colon);
    return key;
  }

  /** A number without sign, fraction or exponent. */
  wholeNumber(): number {
    this.peek();
    const from = this.at;
    let value = 0;
    for (let byte = this.bytes[from] ?? 0; byte >= 0x30 && byte <= 0x39; byte = this.bytes[this.at] ?? 0) {
      value = value * 10 + byte - 0x30;
      this.at++;
    }
    if (this.at === from || this.at - from > 9) throw this.invalid();
    return value;
  }

  /** Any value, built. */
  async value(): Promise<unknown> {
    for (let ahead = 2 * windowBytes; ; ahead *= 2) {
      this.peek();
      const from = this.at;
      if (this.#skip()) return this.#parse(from, this.at);
      this.at = from;
      if (this.#base + this.bytes.length >= this.#source.bytes || ahead > valueBytesMax) throw this.invalid();
      await this.refill(ahead);
    }
  }

  /** Passes any value, as far as strings and brackets tell; false where the window ends first. */
  #skip(): boolean {
    const { bytes } = this;
    let depth = 0;
    for (; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at] ?? 0;
      if (byte === quote) {
        if (!this.#passString()) return false;
      } else if (byte === marks.open || byte === marks.openList) depth++;
      else if (byte === marks.close || byte === marks.closeList) depth--;
      else if (depth === 0) return this.#passWord();
      if (depth > depthMax || depth < 0) throw this.invalid();
      if (depth === 0) {
        this.at++;
        return true;
      }
    }
    return false;
  }

  /** From a quote to the last byte of its string. */
  #passString(): boolean {
    const { bytes } = this;
    for (this.at++; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at];
      if (byte === quote) return true;
      if (byte === backslash) this.at++;
    }
    return false;
  }

  /** A number or a literal. */
  #passWord(): boolean {
    const { bytes } = this;
    const from = this.at;
    while (this.at < bytes.length && /[-+.0-9a-zE]/.test(String.fromCharCode(bytes[this.at] ?? 0))) this.at++;
    if (this.at === from) throw this.invalid();
    return this.at < bytes.length;
  }

  #parse(from: number, to: number): unknown {
    try {
      return JSON.parse(this.bytes.toString('utf8', from, to));
    } catch (cause) {
      throw this.invalid(cause);
    }
  }

  invalid(cause?: unknown): Error {
    return modelFileInvalid(
      this.#source.file,
      `it is no JSON of its kind at byte ${this.#base + this.at}`,
      cause,
    );
  }
}

/**
 * Takes items of a list or an object until a `refill` is due or none is left. A loop apart, for V8 compiles the inside of an async
 * function late.
 * @returns whether there are more.
 */
export function takeAhead(cursor: JsonCursor, close: number, take: () => void): boolean {
  do {
    take();
    if (!cursor.hasMore(close)) return false;
  } while (!cursor.isLow);
  return true;
}
