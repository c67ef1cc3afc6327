/**
 * What the gateway counts of its requests, for Prometheus. Labels come from tables of ours and from models that a worker answered for, of
 * which the first hundred count by name: no client can make the number of series grow.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestObserver, RequestRecord } from '../request-record.ts';
import { boundedLabel } from './bounded-label.ts';
import { counters, histograms } from './metric-names.ts';
import { operationOf } from './operation-names.ts';
import type { MeterReading } from './request-meter.ts';

export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  /** Called whenever the text is asked for. @returns a number, or `undefined` while it is not known. */
  read(): number | undefined;
}

export interface Metrics {
  readonly observe: RequestObserver;
  readonly contentType: string;
  /** The text format of Prometheus. */
  text(): Promise<string>;
}

const modelsMax = 100;
/** Requests that are counted together: one after the other they cost a fraction of what each costs between others' work. */
const waitingMax = 64;

export function createMetrics(gauges: readonly GaugeReading[]): Metrics {
  const registry = new Registry();
  const counted = mapValues(counters, (configuration) => counterOf(configuration, registry));
  const timed = mapValues(histograms, (configuration) => histogramOf(configuration, registry));
  for (const { name, help, read } of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  }
  const modelLabel = boundedLabel(modelsMax);

  let waiting: Ended[] = [];

  function observe(record: RequestRecord): void {
    waiting.push({ record, reading: record.meter.read() });
    if (waiting.length >= waitingMax) countWaiting();
  }

  function countWaiting(): void {
    const ended = waiting;
    waiting = [];
    for (const each of ended) count(each);
  }

  function count({ record, reading }: Ended): void {
    const { route, status = 0, errorCode = 'none' } = record;
    counted.requests.inc({ route, status: String(status), error_code: errorCode });
    const operation = operationOf(route);
    if (operation === undefined) return;
    timed.overhead.observe({ route }, reading.overheadMs / 1000);
    const model = modelLabel(record.model);
    const labels = { gen_ai_operation_name: operation, gen_ai_request_model: model };
    timed.genAiDuration.observe({ ...labels, error_type: record.errorCode ?? '' }, reading.totalMs / 1000);
    if (record.meter.tokens > 0) {
      counted.completionTokens.inc({ model_name: model }, record.meter.tokens);
    }
    observeTokens(record, reading, labels);
  }

  function observeTokens(
    { usage, finishReason, errorCode, meter }: RequestRecord,
    { firstTokenMs, decodeMs, totalMs }: MeterReading,
    labels: { gen_ai_operation_name: string; gen_ai_request_model: string },
  ): void {
    const model = { model_name: labels.gen_ai_request_model };
    if (firstTokenMs !== undefined) {
      timed.firstToken.observe(model, firstTokenMs / 1000);
      timed.genAiFirstToken.observe(labels, firstTokenMs / 1000);
    }
    if (meter.tokens > 1) {
      const perTokenSeconds = decodeMs / 1000 / (meter.tokens - 1);
      timed.tokenTime.observe(model, perTokenSeconds);
      timed.genAiTokenTime.observe(labels, perTokenSeconds);
    }
    if (usage === undefined || errorCode !== undefined) return;
    counted.successes.inc({ ...model, finished_reason: finishReason ?? 'none' });
    counted.promptTokens.inc(model, usage.promptTokens);
    timed.e2eLatency.observe(model, totalMs / 1000);
    timed.genAiTokens.observe({ ...labels, gen_ai_token_type: 'input' }, usage.promptTokens);
    timed.genAiTokens.observe({ ...labels, gen_ai_token_type: 'output' }, usage.completionTokens);
  }

  return {
    observe,
    contentType: registry.contentType,
    text() {
      countWaiting();
      return registry.metrics();
    },
  };
}

/** What is read of a request at its end. */
interface Ended {
  readonly record: RequestRecord;
  readonly reading: MeterReading;
}

interface Configuration<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

function counterOf<Label extends string>({ labelNames, ...rest }: Configuration<Label>, registry: Registry) {
  return new Counter<string>({ ...rest, labelNames: [...labelNames], registers: [registry] });
}

function histogramOf<Label extends string>(
  { labelNames, buckets, ...rest }: Configuration<Label> & { readonly buckets: readonly number[] },
  registry: Registry,
) {
  return new Histogram<string>({
    ...rest,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  });
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From) => To,
): Readonly<Record<Key, To>> {
  const entries = Object.entries<From>(record).map(([key, value]) => [key, map(value)]);
  return Object.fromEntries(entries);
}
