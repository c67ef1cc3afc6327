/**
 * What the caller has of one answer, over all attempts: it gives frames one numbering, and says what another worker needs to
 * go on. It holds token ids; text alone where there have been none from the first frame on. Pure.
 */
import type { Resume, TokenFrame } from '../contract/generate.ts';

export class AnswerJournal {
  readonly #ids: number[] = [];
  #frames = 0;
  #tokens = 0;
  #isResumable = true;
  /** Undefined: ids tell more. */
  #text: string | undefined;

  /** The caller has a part of the answer. */
  get hasBegun(): boolean {
    return this.#frames > 0;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** Another worker can go on: the ids of all tokens are known. */
  get isResumable(): boolean {
    return this.#isResumable;
  }

  /** What the next attempt is told. Absent: it begins at the beginning. */
  get resume(): Resume | undefined {
    return this.hasBegun && this.#isResumable ? { ids: [...this.#ids] } : undefined;
  }

  /** The whole text, where that is all that there is to compare another answer with. */
  get told(): { readonly text: string; readonly tokens: number } | undefined {
    return this.#text === undefined ? undefined : { text: this.#text, tokens: this.#tokens };
  }

  /** @param frame of any attempt. @returns it as the caller sees it. */
  add(frame: TokenFrame): TokenFrame {
    const seq = this.#frames;
    const tokens = frame.tokens ?? frame.ids.length;
    this.#frames += 1;
    this.#tokens += tokens;
    if (tokens !== frame.ids.length) this.#isResumable = false;
    const isOfText = this.#text !== undefined || (seq === 0 && !this.#isResumable);
    if (isOfText) this.#text = (this.#text ?? '') + frame.text;
    if (this.#isResumable) this.#ids.push(...frame.ids);
    else this.#ids.length = 0;
    return { ...frame, seq };
  }
}
