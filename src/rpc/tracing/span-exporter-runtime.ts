/**
 * Brings ended spans to one collector, in batches and within bounds: what finds no room, or what the collector does not take, is counted and
 * gone. Nothing waits for it but its own end, and that not for long.
 */

import { AlarmLog } from '../alarm-log.ts';
import type { RpcLogger } from '../inference.ts';
import { otlpJson } from './otlp-json.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Attributes, SpanRecord } from './span.ts';

export interface SpanExporterOptions {
  /** Where OTLP over HTTP is taken, `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** Of the program. */
  readonly resource: Attributes;
  readonly logger: RpcLogger;
  /** Milliseconds since some fixed moment. Default: the runtime's. */
  readonly monotonicMs?: () => number;
  readonly limits?: Partial<SpanExporterLimits>;
}

export interface SpanExporterLimits {
  /** Spans that wait at most; the next are dropped. */
  readonly queueMax: number;
  /** Spans of one request. */
  readonly batchMax: number;
  /** Milliseconds until what waits is sent, and at least until what could not be sent is tried again. */
  readonly intervalMs: number;
  /** Milliseconds that the collector has for a request. */
  readonly timeoutMs: number;
  /** Milliseconds of its end, after which what is left is gone. */
  readonly farewellMs: number;
}

const defaults: SpanExporterLimits = {
  ...{ queueMax: 2048, batchMax: 512 },
  ...{ intervalMs: 2000, timeoutMs: 5000, farewellMs: 1000 },
};
type Outcome =
  | { readonly is: 'taken' }
  | { readonly is: 'refused' }
  | { readonly is: 'later'; readonly waitMs: number };

/** Those after which the same may be sent again (OTLP 1.3, "Failures"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Never throws for what the collector does. */
export class SpanExporter implements AsyncDisposable {
  readonly #options: SpanExporterOptions;
  readonly #limits: SpanExporterLimits;
  readonly #alarms: AlarmLog;
  readonly #monotonicMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #queue: SpanRecord[] = [];
  #dropped = 0;
  #exported = 0;
  /** Whoever could not take spans is not asked again before. */
  #notBeforeMs = 0;
  #work: Promise<void> | undefined;
  readonly #ended = new AbortController();

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#limits = { ...defaults, ...options.limits };
    this.#alarms = new AlarmLog({ logger: options.logger, now: () => Date.now() });
    this.#timer = setInterval(() => this.#flushInTime(), this.#limits.intervalMs);
    this.#timer.unref();
  }

  /** Spans that no collector will see. */
  get dropped(): number {
    return this.#dropped;
  }

  get exported(): number {
    return this.#exported;
  }

  add(span: SpanRecord): void {
    if (this.#queue.length >= this.#limits.queueMax) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= this.#limits.batchMax) this.#flushInTime();
  }

  /** Sends what waits, as far as the collector takes it, whenever it was asked last. Never rejects. */
  flush(): Promise<void> {
    this.#work ??= this.#sendAll().finally(() => {
      this.#work = undefined;
    });
    return this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const timer = setTimeout(() => this.#ended.abort(), this.#limits.farewellMs);
    await this.#work;
    await this.flush();
    clearTimeout(timer);
    this.#dropped += this.#queue.length;
    this.#queue = [];
  }

  #flushInTime(): void {
    if (this.#monotonicMs() >= this.#notBeforeMs) void this.flush();
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#limits.batchMax);
      const outcome = await this.#send(batch);
      if (outcome.is === 'taken') {
        this.#exported += batch.length;
        continue;
      }
      this.#alarms.note(
        { alarm: 'traces-refused', outcome: outcome.is },
        'the collector does not take spans',
      );
      if (outcome.is === 'refused') {
        this.#dropped += batch.length;
        continue;
      }
      this.#notBeforeMs = this.#monotonicMs() + outcome.waitMs;
      const room = Math.max(this.#limits.queueMax - this.#queue.length, 0);
      this.#dropped += Math.max(batch.length - room, 0);
      this.#queue.unshift(...batch.slice(0, room));
      return;
    }
  }

  async #send(batch: readonly SpanRecord[]): Promise<Outcome> {
    const { url, resource } = this.#options;
    const { timeoutMs, intervalMs } = this.#limits;
    const { signal: ended } = this.#ended;
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, timeoutMs);
    ended.addEventListener('abort', abort);
    if (ended.aborted) abort();
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: otlpJson(batch, resource),
        redirect: 'error',
        signal: controller.signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return { is: 'taken' };
      if (!retryable.has(answer.status)) return { is: 'refused' };
      const askedMs = retryAfterMs(answer.headers.get('retry-after'), Date.now());
      return { is: 'later', waitMs: Math.max(askedMs, intervalMs) };
    } catch {
      return { is: 'later', waitMs: intervalMs };
    } finally {
      clearTimeout(timer);
      ended.removeEventListener('abort', abort);
    }
  }
}
