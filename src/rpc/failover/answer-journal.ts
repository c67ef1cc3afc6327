/**
 * What the caller has of one answer, over all attempts: it gives frames one numbering, and says what another worker needs to
 * go on. It holds token ids, not text. Pure.
 */
import type { Resume, TokenFrame } from '../contract/generate.ts';

export class AnswerJournal {
  readonly #ids: number[] = [];
  #frames = 0;
  #tokens = 0;
  #isResumable = true;

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
    return this.hasBegun ? { ids: [...this.#ids] } : undefined;
  }

  /** @param frame of any attempt. @returns it as the caller sees it. */
  add(frame: TokenFrame): TokenFrame {
    const seq = this.#frames;
    const tokens = frame.tokens ?? frame.ids.length;
    this.#frames += 1;
    this.#tokens += tokens;
    if (tokens !== frame.ids.length) this.#isResumable = false;
    if (this.#isResumable) this.#ids.push(...frame.ids);
    else this.#ids.length = 0;
    return { ...frame, seq };
  }
}
