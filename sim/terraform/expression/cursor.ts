/**
 * A position in the text of a template, with the errors that a parser raises there. Messages give the position
 * and not the text: a template may hold what must not be printed.
 */

import { invalid, type Site, type TerraformError, unresolved } from '../site.ts';

/** Deeper nesting is refused, so that no text can exhaust the stack. */
const NESTING_MAX = 64;

export class Cursor {
  readonly text: string;
  readonly site: Site;
  at = 0;
  /** Inside an object's braces a newline ends the expression; elsewhere it is a space. */
  newlineEnds = false;
  #nesting = 0;

  constructor(text: string, site: Site) {
    this.text = text;
    this.site = site;
  }

  /** A cursor at the same place whose text ends at `end`. */
  until(end: number): Cursor {
    const inner = new Cursor(this.text.slice(0, end), this.site);
    inner.at = this.at;
    inner.#nesting = this.#nesting;
    return inner;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Takes the token if it comes next. */
  take(token: string): boolean {
    if (!this.startsWith(token)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    this.skipSpace();
    if (!this.take(token)) throw this.syntaxError(`"${token}" is missing`);
  }

  /** Takes what the sticky pattern matches here. */
  takeMatch(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0];
    if (match !== undefined) this.at += match.length;
    return match;
  }

  skipSpace(): void {
    this.takeMatch(this.newlineEnds ? SPACE_IN_LINE : SPACE);
  }

  /** Runs a part of the grammar one level deeper, with newlines treated as given. */
  nested<Result>(newlineEnds: boolean, parse: () => Result): Result {
    const before = this.newlineEnds;
    this.#nesting += 1;
    if (this.#nesting > NESTING_MAX) throw this.unreadable(`it nests more than ${NESTING_MAX} levels deep`);
    this.newlineEnds = newlineEnds;
    const result = parse();
    this.newlineEnds = before;
    this.#nesting -= 1;
    return result;
  }

  /** Terraform would refuse this text. */
  syntaxError(reason: string): TerraformError {
    return invalid(this.site, {
      reason: `the expression is not valid: ${reason} at character ${this.at + 1}`,
      nextStep: 'correct the expression',
    });
  }

  /** Terraform may accept this text; this parser does not read it. */
  unreadable(reason: string): TerraformError {
    return unresolved(this.site, {
      reason: `the expression is not one that is read yet: ${reason} at character ${this.at + 1}`,
      nextStep: 'write the value out, or put it into a local of plain values',
    });
  }
}

const COMMENT = String.raw`\/\*[^]*?\*\/|(?:#|\/\/)[^\n]*`;
const SPACE = new RegExp(String.raw`(?:\s+|${COMMENT})*`, 'y');
const SPACE_IN_LINE = new RegExp(String.raw`(?:[^\S\n]+|${COMMENT})*`, 'y');
