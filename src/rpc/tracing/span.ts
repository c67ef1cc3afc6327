/**
 * Spans: what is measured of one piece of work, as OpenTelemetry means it. A span that is not sampled keeps its place in the trace and is told
 * to nobody. Attributes are for facts of ours, and never hold text of a client's, a prompt or a key.
 */

import { formatTraceparent, type TraceContext } from './trace-context.ts';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type SpanKind = 'internal' | 'server' | 'client';

/** A span that has ended. Times are milliseconds of Unix time, with fractions. */
export interface SpanRecord {
  readonly context: TraceContext;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly unixMs: number }[];
  /** Absent: it went well. */
  readonly errorCode?: string;
}

export interface Span {
  /** As it is now: `trustParent` can change whether it is sampled. */
  readonly context: TraceContext;
  /** As it travels. */
  readonly traceparent: string;
  event(name: string): void;
  child(name: string, kind?: SpanKind): Span;
  /** Called once it is proven who asked: from now on the parent's word on sampling counts, for what runs below as well. */
  trustParent(): void;
  /** The first time counts. */
  end(facts?: SpanEnd): void;
}

export interface SpanEnd {
  /** Default: as it began. */
  readonly name?: string;
  readonly attributes?: Attributes;
  readonly errorCode?: string | undefined;
}

export interface Tracer {
  /** @param options.parent of whoever asked: its trace is gone on with. */
  begin(name: string, options: BeginOptions): Span;
}

export interface BeginOptions {
  readonly kind: SpanKind;
  readonly parent?: TraceContext | undefined;
  /** Anybody could say what is told: until `trustParent` the ratio decides. Default: the parent's word on sampling counts. */
  readonly isParentUnknown?: boolean;
}

/** Traces begin by the one, so that they follow its corrections, and all that is measured within one goes by the other, which has none. */
export interface TraceClock {
  /** Milliseconds of Unix time. */
  readonly nowUnixMs: () => number;
  /** Milliseconds, with fractions, since some fixed moment. */
  readonly monotonicMs: () => number;
}

export interface TracerOptions {
  readonly clock: TraceClock;
  /** @returns so many random bytes in hexadecimal. */
  readonly randomHex: (bytes: number) => string;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Of traces that begin here or are an unknown's, the share that is told. */
  readonly ratio: number;
  /** Told of each sampled span as it ends. */
  readonly onEnd: (span: SpanRecord) => void;
}

/** Events of one span. */
const eventsMax = 16;

export function createTracer(options: TracerOptions): Tracer {
  return {
    begin(name, { kind, parent, isParentUnknown = false }) {
      const said = parent?.isSampled;
      const isSampled = (isParentUnknown ? undefined : said) ?? options.random() < options.ratio;
      const offsetMs = options.clock.nowUnixMs() - options.clock.monotonicMs();
      const trace = { id: parent?.traceId ?? options.randomHex(16), offsetMs, said, isSampled };
      return beginSpan({ name, kind, trace, parentSpanId: parent?.spanId }, options);
    },
  };
}

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly trace: LocalTrace;
  readonly parentSpanId: string | undefined;
}

/** What all spans below one that was begun have together. */
interface LocalTrace {
  readonly id: string;
  /** From monotonic to Unix time, as it was at the beginning. */
  readonly offsetMs: number;
  /** Of sampling, by the parent. */
  readonly said: boolean | undefined;
  isSampled: boolean;
}

function beginSpan(start: SpanStart, options: TracerOptions): Span {
  const { trace, parentSpanId, kind } = start;
  const spanId = options.randomHex(8);
  const contextNow = () => ({ traceId: trace.id, spanId, isSampled: trace.isSampled });
  const nowUnixMs = () => trace.offsetMs + options.clock.monotonicMs();
  const startUnixMs = nowUnixMs();
  const events: { readonly name: string; readonly unixMs: number }[] = [];
  let hasEnded = false;
  return {
    get context() {
      return contextNow();
    },
    get traceparent() {
      return formatTraceparent(contextNow());
    },
    trustParent() {
      trace.isSampled = trace.said ?? trace.isSampled;
    },
    event(name) {
      if (events.length < eventsMax) events.push({ name, unixMs: nowUnixMs() });
    },
    child: (name, childKind = 'internal') =>
      beginSpan({ name, kind: childKind, trace, parentSpanId: spanId }, options),
    end({ name = start.name, attributes = {}, errorCode } = {}) {
      if (hasEnded || !trace.isSampled) return;
      hasEnded = true;
      options.onEnd({
        context: contextNow(),
        ...{ name, kind, startUnixMs, endUnixMs: nowUnixMs(), attributes, events },
        ...(parentSpanId === undefined ? {} : { parentSpanId }),
        ...(errorCode === undefined ? {} : { errorCode }),
      });
    },
  };
}
