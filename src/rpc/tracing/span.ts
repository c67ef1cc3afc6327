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
  readonly context: TraceContext;
  /** As it travels. */
  readonly traceparent: string;
  event(name: string): void;
  child(name: string, kind?: SpanKind): Span;
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
  /** @param options.parent of whoever asked: its trace is gone on with, and its word on sampling counts. */
  begin(name: string, options: { readonly kind: SpanKind; readonly parent?: TraceContext | undefined }): Span;
}

export interface TracerOptions {
  /** Milliseconds of Unix time, with fractions. */
  readonly nowUnixMs: () => number;
  /** @returns so many random bytes in hexadecimal. */
  readonly randomHex: (bytes: number) => string;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Of traces that begin here, the share that is told. */
  readonly ratio: number;
  /** Told of each sampled span as it ends. */
  readonly onEnd: (span: SpanRecord) => void;
}

/** Events of one span. */
const eventsMax = 16;

export function createTracer(options: TracerOptions): Tracer {
  return {
    begin(name, { kind, parent }) {
      const isSampled = parent?.isSampled ?? options.random() < options.ratio;
      const traceId = parent?.traceId ?? options.randomHex(16);
      return beginSpan({ name, kind, traceId, isSampled, parentSpanId: parent?.spanId }, options);
    },
  };
}

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly isSampled: boolean;
  readonly parentSpanId: string | undefined;
}

function beginSpan(start: SpanStart, options: TracerOptions): Span {
  const { traceId, isSampled, parentSpanId, kind } = start;
  const context = { traceId, spanId: options.randomHex(8), isSampled };
  const startUnixMs = options.nowUnixMs();
  const events: { readonly name: string; readonly unixMs: number }[] = [];
  let hasEnded = false;
  return {
    context,
    traceparent: formatTraceparent(context),
    event(name) {
      if (events.length < eventsMax) events.push({ name, unixMs: options.nowUnixMs() });
    },
    child: (name, childKind = 'internal') =>
      beginSpan({ name, kind: childKind, traceId, isSampled, parentSpanId: context.spanId }, options),
    end({ name = start.name, attributes = {}, errorCode } = {}) {
      if (hasEnded || !isSampled) return;
      hasEnded = true;
      options.onEnd({
        ...{ context, name, kind, startUnixMs, endUnixMs: options.nowUnixMs(), attributes, events },
        ...(parentSpanId === undefined ? {} : { parentSpanId }),
        ...(errorCode === undefined ? {} : { errorCode }),
      });
    },
  };
}
