/** A tracer whose spans go to a collector. Without an address nobody opens one, and nothing of ours is told to anybody. */

import { randomBytes } from 'node:crypto';
import { createTracer, type TraceClock, type Tracer } from './span.ts';
import { SpanExporter, type SpanExporterOptions } from './span-exporter-runtime.ts';

export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
  readonly exporter: Pick<SpanExporter, 'dropped' | 'exported'>;
}

export interface TracingSettings {
  /** Where OTLP over HTTP is taken, `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** Of traces that begin here, the share that is told, from 0 to 1. */
  readonly ratio: number;
}

export interface OpenTracingOptions extends Pick<SpanExporterOptions, 'resource' | 'logger' | 'limits'> {
  /** Default: the runtime's. */
  readonly clock?: TraceClock;
}

// Not `performance.timeOrigin`: it is of the program's start, and knows of no correction since.
const runtimeClock: TraceClock = { nowUnixMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * @param options.limits milliseconds and spans, see `SpanExporterLimits`.
 * @returns a tracer, and the counts of what became of its spans. To dispose of it sends what waits, each batch within `timeoutMs`, and drops what
 *   the collector does not take.
 */
export function openTracing(
  { url, ratio }: TracingSettings,
  { clock = runtimeClock, ...options }: OpenTracingOptions,
): Tracing {
  const exporter = new SpanExporter({ ...options, url });
  const tracer = createTracer({
    clock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    random: Math.random,
    ratio,
    onEnd: (span) => exporter.add(span),
  });
  return { tracer, exporter, [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose]() };
}
