/**
 * An answer without token ids that another worker tells anew from its beginning. What the caller has is held back, and has to come again
 * letter for letter; only what follows it is passed on. Where it does not come again there is nothing to go on with. Pure.
 */
import type { TokenFrame } from '../contract/generate.ts';

export type Retold =
  | { readonly kind: 'known' }
  | { readonly kind: 'new'; readonly frame: TokenFrame }
  | { readonly kind: 'differs' };

export class RetoldAnswer {
  readonly #text: string;
  readonly #tokens: number;
  #textBack = 0;
  #tokensBack = 0;

  /** @param told what the caller has: its text, and how many tokens that was. */
  constructor(told: { readonly text: string; readonly tokens: number }) {
    this.#text = told.text;
    this.#tokens = told.tokens;
  }

  /** All that the caller has has come again. */
  get isBack(): boolean {
    return this.#textBack === this.#text.length;
  }

  take(frame: TokenFrame): Retold {
    if (this.isBack) return { kind: 'new', frame };
    const { text, ids } = frame;
    const known = text.slice(0, this.#text.length - this.#textBack);
    if (!this.#text.startsWith(known, this.#textBack)) return { kind: 'differs' };
    this.#textBack += known.length;
    this.#tokensBack += frame.tokens ?? ids.length;
    if (known.length === text.length) return { kind: 'known' };
    // Another worker may cut the text elsewhere: of the frame's tokens only those are new that are more than the caller has.
    const tokens = Math.max(0, this.#tokensBack - this.#tokens);
    return { kind: 'new', frame: { seq: frame.seq, ids: [], tokens, text: text.slice(known.length) } };
  }
}
