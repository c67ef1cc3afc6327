/**
 * Spans as OTLP has them in JSON: an `ExportTraceServiceRequest` with ids in hexadecimal and 64-bit numbers as text (OTLP 1.3, "JSON Protobuf
 * Encoding"). Pure.
 */

import type { Attributes, SpanKind, SpanRecord } from './span.ts';

/** Of one attribute's text. */
const charactersMax = 256;
const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const statusError = 2;
/** Bit 0 of the trace flags. */
const sampledFlag = 1;

/** @param resource of the program, such as `service.name`. */
export function otlpJson(spans: readonly SpanRecord[], resource: Attributes): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'drydock' }, spans: spans.map(spanOf) }],
      },
    ],
  });
}

function spanOf(span: SpanRecord) {
  const { context, parentSpanId, name, kind, startUnixMs, endUnixMs, attributes, events, errorCode } = span;
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    flags: sampledFlag,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startUnixMs),
    endTimeUnixNano: nanoseconds(Math.max(endUnixMs, startUnixMs)),
    attributes: attributesOf({ ...attributes, 'error.type': errorCode }),
    events: events.map((event) => ({ name: event.name, timeUnixNano: nanoseconds(event.unixMs) })),
    status: errorCode === undefined ? {} : { code: statusError },
  };
}

function nanoseconds(unixMs: number): string {
  return BigInt(Math.round(unixMs * 1e6)).toString();
}

function attributesOf(attributes: Attributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: encoded(value) }],
  );
}

function encoded(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value.slice(0, charactersMax) };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
