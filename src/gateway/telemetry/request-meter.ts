/**
 * Measures one request on a clock that never goes back: how long it waited for the worker and for the client, when its first and last
 * tokens came, and how many. What is left of its time is the gateway's own. Waits must not overlap, and are counted as they end.
 */

import type { AnswerFrame } from '../runtime/answer-frames.ts';

export interface MeterReading {
  readonly totalMs: number;
  readonly workerMs: number;
  /** Of a body that arrives, and of an answer that is being read. */
  readonly clientMs: number;
  /** What the gateway itself added. */
  readonly overheadMs: number;
  /** From the start of the request. */
  readonly firstTokenMs: number | undefined;
  /** From the first token to the last. */
  readonly decodeMs: number;
}

export class RequestMeter {
  readonly #nowMs: () => number;
  readonly #startMs: number;
  readonly #waitedMs = { worker: 0, client: 0 };
  #firstTokenMs: number | undefined;
  #lastTokenMs: number | undefined;
  #tokens = 0;

  /** @param nowMs milliseconds, with fractions, since some fixed moment. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  /** Tokens of all choices so far, whether or not the answer became whole. */
  get tokens(): number {
    return this.#tokens;
  }

  async waitFor<T>(whom: 'worker' | 'client', work: Promise<T>): Promise<T> {
    const end = this.beginWait(whom);
    try {
      return await work;
    } finally {
      end();
    }
  }

  /** @returns ends the wait. */
  beginWait(whom: 'worker' | 'client'): () => void {
    const fromMs = this.#nowMs();
    return () => {
      this.#waitedMs[whom] += this.#nowMs() - fromMs;
    };
  }

  countFrame(frame: AnswerFrame): void {
    if ('done' in frame) return;
    const tokens = frame.tokens ?? frame.ids.length;
    if (tokens === 0) return;
    this.#tokens += tokens;
    this.#lastTokenMs = this.#nowMs();
    this.#firstTokenMs ??= this.#lastTokenMs;
  }

  read(): MeterReading {
    const totalMs = this.#nowMs() - this.#startMs;
    const { worker: workerMs, client: clientMs } = this.#waitedMs;
    const first = this.#firstTokenMs;
    return {
      totalMs,
      workerMs,
      clientMs,
      overheadMs: Math.max(totalMs - workerMs - clientMs, 0),
      firstTokenMs: first === undefined ? undefined : first - this.#startMs,
      decodeMs: first === undefined ? 0 : (this.#lastTokenMs ?? first) - first,
    };
  }
}
