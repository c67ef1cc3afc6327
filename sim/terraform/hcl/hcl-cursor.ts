/**
 * Steps over HCL source without understanding it: white space, comments, strings with templates in them, heredocs and
 * brackets. It always moves on and ends, on any text; what it makes of a text that is not HCL does not matter.
 */

import { DEPTH_MAX } from '../positions.ts';

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const HEREDOC = /<<-?[ \t]*([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

export class HclCursor {
  readonly text: string;
  at = 0;
  isTooDeep = false;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.isTooDeep || this.at >= this.text.length;
  }

  get character(): string {
    return this.isTooDeep ? '' : (this.text[this.at] ?? '');
  }

  /** Runs one bracket deeper; past the bound, everything counts as read. */
  nested(run: () => void): void {
    if (this.#depth >= DEPTH_MAX) this.isTooDeep = true;
    if (this.isTooDeep) return;
    this.#depth += 1;
    run();
    this.#depth -= 1;
  }

  take(wanted: string): boolean {
    if (this.isTooDeep || !this.text.startsWith(wanted, this.at)) return false;
    this.at += wanted.length;
    return true;
  }

  takeIdentifier(): string | undefined {
    IDENTIFIER.lastIndex = this.at;
    const found = this.isTooDeep ? undefined : IDENTIFIER.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Spaces and comments, and line breaks where they mean nothing. */
  skipSpace(options: { readonly lineBreaks: boolean }): void {
    while (!this.isAtEnd) {
      const { character } = this;
      if (character === '#' || this.text.startsWith('//', this.at)) this.#skipTo('\n');
      else if (this.text.startsWith('/*', this.at)) this.#skipPast('*/');
      else if (/[^\S\n]/.test(character) || (options.lineBreaks && character === '\n')) this.at += 1;
      else return;
    }
  }

  /** From the opening quote past the closing one; the text between, as it is written. */
  takeString(): string {
    const start = this.at + 1;
    this.at = start;
    while (!this.isAtEnd && this.character !== '"') {
      if (this.character === '\\') this.at += 2;
      else if (this.take('$${') || this.take('%%{')) continue;
      else if (this.take('${') || this.take('%{')) this.#skipInside('}');
      else this.at += 1;
    }
    const end = this.at;
    this.at += 1;
    return this.text.slice(start, end);
  }

  /** Up to what ends an expression here: a closing bracket, a comma, or a line break if that counts. */
  skipExpression(options: { readonly lineBreakEnds: boolean }): void {
    while (!this.isAtEnd) {
      const before = this.at;
      this.skipSpace({ lineBreaks: !options.lineBreakEnds });
      const { character } = this;
      if (this.isAtEnd || character === '\n' || /[,)\]}]/.test(character)) return;
      this.#skipToken(character);
      if (this.at === before) this.at += 1;
    }
  }

  #skipToken(character: string): void {
    const closing = CLOSING[character];
    if (closing !== undefined) {
      this.at += 1;
      this.#skipInside(closing);
    } else if (character === '"') this.takeString();
    else if (!this.#skipHeredoc() && this.takeIdentifier() === undefined) this.at += 1;
  }

  /** Past the bracket that closes the one just opened. */
  #skipInside(closing: string): void {
    this.nested(() => {
      while (!this.isAtEnd) {
        this.skipExpression({ lineBreakEnds: false });
        if (this.take(closing)) return;
        this.at += 1;
      }
    });
  }

  #skipHeredoc(): boolean {
    HEREDOC.lastIndex = this.at;
    const opened = HEREDOC.exec(this.text);
    if (opened === null) return false;
    this.at = HEREDOC.lastIndex;
    while (!this.isAtEnd) {
      const start = this.at;
      this.#skipTo('\n');
      // The line break stays: it ends the expression that the heredoc stands in.
      if (this.text.slice(start, this.at).trim() === opened[1]) return true;
      this.at += 1;
    }
    return true;
  }

  #skipTo(wanted: string): void {
    const found = this.text.indexOf(wanted, this.at);
    this.at = found === -1 ? this.text.length : found;
  }

  #skipPast(wanted: string): void {
    this.#skipTo(wanted);
    this.at = Math.min(this.at + wanted.length, this.text.length);
  }
}
