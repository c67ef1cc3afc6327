/**
 * From the chunks of a server to the frames of the contract: every token counted once, stop strings applied here, text whole. The
 * server's end token is neither sent nor counted. Pure.
 *
 * Stop strings are ours because llama-server, told them, loses the text that it holds back where `max_tokens` ends an answer.
 */

import type { ChosenLogprob, DoneFrame, FinishReason, TokenFrame } from '../../rpc/contract/generate.ts';
import type { CallPiece } from '../../rpc/contract/tools.ts';
import { createStopScanner } from '../text/stop-scanner.ts';
import { wellFormed } from '../text/well-formed.ts';
import type { StreamChunk } from './stream-chunk.ts';
import { upstreamFailed } from './upstream-errors.ts';

export interface AnswerOptions {
  readonly stops: readonly string[];
  readonly tokensMax: number;
  readonly wantsLogprobs: boolean;
  /** The server counts the token that ends an answer, and gives its id. */
  readonly countsEndToken: boolean;
}

export interface AnswerFrames {
  /** @throws DrydockError RPC_GENERATION_FAILED when the server sends more tokens than were asked for. */
  take(chunk: StreamChunk): TokenFrame | undefined;
  /** A stop string has come, and how long the prompt was: nothing more is needed of the server. */
  readonly isComplete: boolean;
  /** The server has said why the answer ends, and how long all of it is. */
  readonly isEnded: boolean;
  /** Completion tokens so far. */
  readonly tokens: number;
  /**
   * The last frames, once the server has ended its stream or is no longer needed.
   * @throws DrydockError RPC_GENERATION_FAILED when what came is not a whole answer.
   */
  finish(): readonly (TokenFrame | DoneFrame)[];
}

interface Tokens {
  ids: number[];
  logprobs: ChosenLogprob[];
  count: number;
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
};

export function createAnswerFrames(options: AnswerOptions): AnswerFrames {
  return new Answer(options);
}

class Answer implements AnswerFrames {
  readonly #options: AnswerOptions;
  readonly #scanner;
  /** What no frame has brought yet. */
  #unsent: Tokens = { ids: [], logprobs: [], count: 0 };
  #text = '';
  #calls: CallPiece[] = [];
  /** Calls that were named so far. */
  #called = 0;
  #seq = 0;
  #sent = 0;
  /** By the server's count, or the chunks with text where it has none. */
  #counted = 0;
  /** Half a character that waits for its other half. */
  #half = '';
  #promptTokens: number | undefined;
  #cachedTokens: number | undefined;
  #finishReason: string | undefined;
  #endId: number | undefined;
  #isStopped = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#scanner = createStopScanner(options.stops);
  }

  get isComplete(): boolean {
    return this.#isStopped && this.#promptTokens !== undefined;
  }

  get isEnded(): boolean {
    return this.#finishReason !== undefined && this.#promptTokens !== undefined;
  }

  get tokens(): number {
    return this.#sent + this.#unsent.count;
  }

  take(chunk: StreamChunk): TokenFrame | undefined {
    this.#promptTokens = chunk.promptTokens ?? this.#promptTokens;
    this.#cachedTokens = chunk.cachedTokens ?? this.#cachedTokens;
    if (this.#isStopped) return undefined;
    this.#finishReason = chunk.finishReason ?? this.#finishReason;
    this.#endId = chunk.endId ?? this.#endId;
    this.#count(chunk);
    const { text, isStopped } = this.#scanner.push(this.#whole(chunk.text));
    this.#text += text;
    this.#isStopped = isStopped;
    if (!isStopped) this.#takeCalls(chunk.calls ?? []);
    // The last frame has to bring a token, and the end token is not known before the end: `finish` sends what may be the last.
    const isLast = isStopped || this.#finishReason !== undefined;
    const isEmpty = this.#text === '' && this.#calls.length === 0;
    if (isLast || isEmpty || this.#unsent.count === 0) return undefined;
    // While text is held back, its last token is too.
    return this.#frame(this.#scanner.isHolding ? 1 : 0);
  }

  finish(): readonly (TokenFrame | DoneFrame)[] {
    const finishReason = this.#isStopped ? 'stop' : this.#ownFinishReason();
    if (this.#promptTokens === undefined) {
      throw upstreamFailed('it told no usage; use one that honours stream_options.include_usage');
    }
    if (!this.#isStopped) {
      this.#dropEndToken();
      this.#text += this.#scanner.push(wellFormed(this.#half)).text + this.#scanner.finish();
    }
    // Where all tokens went out before this text, the one that ended the answer counts, or a loss would not be noticed.
    const hasRest = this.#text !== '' || this.#calls.length > 0;
    if (hasRest && this.#unsent.count === 0) this.#unsent.count = 1;
    const frames: (TokenFrame | DoneFrame)[] = this.#unsent.count > 0 ? [this.#frame(0)] : [];
    const usage = {
      promptTokens: this.#promptTokens,
      completionTokens: this.#sent,
      ...(this.#cachedTokens === undefined ? {} : { cachedTokens: this.#cachedTokens }),
    };
    return [...frames, { done: { finishReason, usage } }];
  }

  #ownFinishReason(): FinishReason {
    if (this.#finishReason === undefined) throw upstreamFailed('its stream ended before the answer did');
    const known = Object.hasOwn(finishReasons, this.#finishReason)
      ? finishReasons[this.#finishReason]
      : undefined;
    // Some end a call that was asked for by its name like any answer; one that names no call has made none.
    if (known === 'stop' && this.#called > 0) return 'tool_calls';
    if (known !== undefined && (known !== 'tool_calls' || this.#called > 0)) return known;
    const named = /^\w{1,32}$/.test(this.#finishReason) ? ` (${this.#finishReason})` : '';
    throw upstreamFailed(`it ended the answer for a reason that is no end of one${named}`);
  }

  /** A piece of a call that was not named, or not in its turn, belongs to nothing. */
  #takeCalls(pieces: readonly CallPiece[]): void {
    for (const { index, name, arguments: more } of pieces) {
      const isNew = index === this.#called;
      if (index > this.#called || (isNew && name === undefined))
        throw upstreamFailed('it sent a part of a call that it had not begun');
      if (isNew) this.#called += 1;
      this.#calls.push({ index, ...(isNew && name !== undefined ? { name } : {}), arguments: more });
    }
  }

  #count({ ids = [], logprobs = [], completionTokens, text, calls = [] }: StreamChunk): void {
    const added =
      completionTokens === undefined
        ? Math.max(ids.length, text === '' && calls.length === 0 ? 0 : 1)
        : Math.max(ids.length, completionTokens - this.#counted);
    this.#counted += added;
    this.#unsent.ids.push(...ids);
    this.#unsent.logprobs.push(...logprobs);
    this.#unsent.count += added;
    const isExact = completionTokens !== undefined || ids.length > 0;
    if (isExact && this.tokens > this.#options.tokensMax + 1) {
      throw upstreamFailed(`it sent more tokens than the ${this.#options.tokensMax} that were asked for`);
    }
  }

  /** Text up to a half of a character, which waits for the rest. */
  #whole(text: string): string {
    const all = this.#half + text;
    this.#half = /[\uD800-\uDBFF]$/.exec(all)?.[0] ?? '';
    return wellFormed(all.slice(0, all.length - this.#half.length));
  }

  #dropEndToken(): void {
    const { ids, logprobs, count } = this.#unsent;
    const isEnded = this.#finishReason === 'stop' || this.#finishReason === 'tool_calls';
    if (!isEnded || !this.#options.countsEndToken || count === 0) return;
    const last = ids.at(-1);
    if (this.#endId !== undefined && last !== undefined && last !== this.#endId) return;
    // Ids and log probabilities may have come for fewer tokens than were counted.
    if (ids.length === count) ids.pop();
    if (logprobs.length === count) logprobs.pop();
    this.#unsent.count -= 1;
  }

  /** @param held of the unsent tokens, those that stay so. */
  #frame(held: number): TokenFrame {
    const all = this.#unsent;
    const [text, calls] = [this.#text, this.#calls];
    this.#text = '';
    this.#calls = [];
    const split = <Item>(items: readonly Item[]) =>
      items.length === all.count ? items.length - held : items.length;
    const ids = all.ids.slice(0, split(all.ids));
    const logprobs = all.logprobs.slice(0, split(all.logprobs));
    const tokens = all.count - held;
    this.#unsent = {
      ids: all.ids.slice(ids.length),
      logprobs: all.logprobs.slice(logprobs.length),
      count: held,
    };
    this.#sent += tokens;
    return {
      seq: this.#seq++,
      ids,
      text,
      ...(calls.length === 0 ? {} : { calls }),
      ...(tokens === ids.length ? {} : { tokens }),
      ...(this.#options.wantsLogprobs ? { logprobs } : {}),
    };
  }
}
