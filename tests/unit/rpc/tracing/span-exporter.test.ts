import { expect, it } from 'vitest';
import { createTracer, type SpanRecord } from '../../../../src/rpc/tracing/span.ts';
import { SpanExporter } from '../../../../src/rpc/tracing/span-exporter-runtime.ts';
import { startCollector } from './collector.ts';

const logger = { info: () => {}, warn: () => {} };
const resource = { 'service.name': 'tested' };

function tracerOf(onEnd: (span: SpanRecord) => void, options: { ratio?: number; random?: number } = {}) {
  let id = 0;
  return createTracer({
    clock: { nowUnixMs: () => 1_795_000_000_000.25, monotonicMs: () => 0 },
    randomHex: (bytes) => String(++id).padStart(2 * bytes, '0'),
    random: () => options.random ?? 0.5,
    ratio: options.ratio ?? 1,
    onEnd,
  });
}

/** Sends nothing by itself within a test. */
const patient = { intervalMs: 1_000_000 };
/** The machine may be busy with others. */
const patiently = { timeout: 20_000, interval: 5 };

it('tells spans as OTLP has them, with their place in the trace', async () => {
  await using collector = await startCollector();
  await using exporter = new SpanExporter({ url: collector.url, resource, logger, limits: patient });
  const tracer = tracerOf((span) => exporter.add(span));
  const parent = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), isSampled: true };
  const root = tracer.begin('root', { kind: 'server', parent });
  const child = root.child('child', 'client');
  child.event('first_token');
  child.end({ errorCode: 'RPC_WORKER_LOST' });
  const attributes = { count: 3, share: 0.5, isSo: true, missing: undefined, text: 'x'.repeat(300) };
  root.end({ name: 'renamed', attributes });
  root.end({ name: 'twice' });
  await exporter.flush();
  expect(exporter).toMatchObject({ exported: 2, dropped: 0 });
  expect(collector.spans()).toMatchObject([
    {
      ...{ service: 'tested', name: 'child', kind: 3, traceId: parent.traceId, isError: true },
      ...{ parentSpanId: root.context.spanId, events: ['first_token'] },
      attributes: { 'error.type': 'RPC_WORKER_LOST' },
    },
    {
      ...{ name: 'renamed', kind: 2, traceId: parent.traceId, parentSpanId: parent.spanId, isError: false },
      attributes: { count: '3', share: 0.5, isSo: true, text: 'x'.repeat(256) },
    },
  ]);
  expect(collector.bodies.join('')).toContain('"startTimeUnixNano":"1795000000000250');
});

it.each([
  ['as the caller says: told', { isSampled: true, ratio: 0 }, 1],
  ['as the caller says: not told', { isSampled: false, ratio: 1 }, 0],
  ['by the share: told', { ratio: 0.6 }, 1],
  ['by the share: not told', { ratio: 0.4 }, 0],
])('samples %s', (_title, { isSampled, ratio }: { isSampled?: boolean; ratio: number }, told) => {
  const spans: SpanRecord[] = [];
  const tracer = tracerOf((span) => spans.push(span), { ratio });
  const given = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
  const parent = isSampled === undefined ? undefined : { ...given, isSampled };
  const span = tracer.begin('request', { kind: 'server', parent });
  expect(span.traceparent.endsWith(told === 1 ? '-01' : '-00')).toBe(true);
  span.child('inner').end();
  span.end();
  expect(spans).toHaveLength(2 * told);
});

it.each([
  { said: true, ratio: 0, before: 0, after: 2 },
  { said: false, ratio: 1, before: 1, after: 0 },
])(
  'takes the word of an unknown caller ($said) only once it is trusted',
  ({ said, ratio, before, after }) => {
    const spans: SpanRecord[] = [];
    const tracer = tracerOf((span) => spans.push(span), { ratio });
    const parent = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), isSampled: said };
    const span = tracer.begin('request', { kind: 'server', parent, isParentUnknown: true });
    span.child('early').end();
    expect(spans).toHaveLength(before);
    const child = span.child('authenticate');
    span.trustParent();
    expect([span, child].map(({ context }) => [context.traceId, context.isSampled])).toEqual([
      [parent.traceId, said],
      [parent.traceId, said],
    ]);
    child.end();
    span.end();
    expect(spans.slice(before)).toHaveLength(after);
  },
);

it('keeps no more than it may while nobody takes them, and counts the rest', async () => {
  await using collector = await startCollector();
  const limits = { ...patient, queueMax: 4, batchMax: 3 };
  await using exporter = new SpanExporter({ url: collector.url, resource, logger, limits });
  const tracer = tracerOf((span) => exporter.add(span));
  const end = (count: number) => {
    for (let index = 0; index < count; index += 1) tracer.begin('request', { kind: 'server' }).end();
  };
  collector.answerWith(503);
  end(2);
  await exporter.flush();
  expect(exporter).toMatchObject({ exported: 0, dropped: 0 });
  end(10);
  await exporter.flush();
  expect(exporter.dropped).toBeGreaterThanOrEqual(5);
  collector.answerWith(200);
  await exporter.flush();
  expect(exporter.exported + exporter.dropped).toBe(12);
  expect(collector.spans()).toHaveLength(exporter.exported);
  expect(exporter.exported).toBeGreaterThan(0);
});

it('drops what a collector refuses for good, and says so once', async () => {
  await using collector = await startCollector();
  const warnings: object[] = [];
  const warn = (fields: object) => void warnings.push(fields);
  await using exporter = new SpanExporter({
    ...{ url: collector.url, resource, limits: patient },
    logger: { ...logger, warn },
  });
  const tracer = tracerOf((span) => exporter.add(span));
  collector.answerWith(400);
  for (let round = 1; round <= 3; round += 1) {
    tracer.begin('request', { kind: 'server' }).end();
    await exporter.flush();
    expect(exporter).toMatchObject({ dropped: round, exported: 0 });
  }
  expect(warnings).toMatchObject([{ alarm: 'traces-refused', outcome: 'refused' }]);
});

it('ends though nobody is there, and has counted what it held', async () => {
  const { url, ...gone } = await startCollector();
  await gone[Symbol.asyncDispose]();
  const exporter = new SpanExporter({ url, resource, logger, limits: patient });
  tracerOf((span) => exporter.add(span))
    .begin('request', { kind: 'server' })
    .end();
  await exporter[Symbol.asyncDispose]();
  expect(exporter).toMatchObject({ dropped: 1, exported: 0 });
});

it.each(['before', 'by'])('ends in its time though nobody answers what was sent %s the end', async (when) => {
  await using collector = await startCollector();
  collector.answerWith('never');
  const limits = { ...patient, timeoutMs: 1_000_000, farewellMs: 50 };
  const exporter = new SpanExporter({ url: collector.url, resource, logger, limits });
  tracerOf((span) => exporter.add(span))
    .begin('request', { kind: 'server' })
    .end();
  if (when === 'before') {
    void exporter.flush();
    await expect.poll(() => collector.tries, patiently).toBe(1);
  }
  await exporter[Symbol.asyncDispose]();
  expect(exporter).toMatchObject({ dropped: 1, exported: 0 });
});

it.each([
  ['its interval', {}, 2000],
  ['as long as it is told', { 'retry-after': '9' }, 9000],
])(
  'leaves a collector that takes nothing alone for %s, however much ends',
  async (_title, headers, waitMs) => {
    await using collector = await startCollector();
    collector.answerWith(503, headers);
    let nowMs = 1000;
    const limits = { ...patient, batchMax: 50 };
    const warnings: object[] = [];
    await using exporter = new SpanExporter({
      ...{ url: collector.url, resource, limits: { ...limits, intervalMs: 2000 }, monotonicMs: () => nowMs },
      logger: { ...logger, warn: (fields: object) => void warnings.push(fields) },
    });
    const tracer = tracerOf((span) => exporter.add(span));
    const end = (count: number) => {
      for (let index = 0; index < count; index += 1) tracer.begin('request', { kind: 'server' }).end();
    };
    end(50);
    await expect.poll(() => warnings.length, patiently).toBe(1);
    for (let round = 0; round < 20; round += 1) {
      nowMs = 1000 + Math.floor(((waitMs - 1) * round) / 19);
      end(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(collector.tries).toBe(1);
    nowMs = 1000 + waitMs;
    collector.answerWith(200);
    end(1);
    await expect.poll(() => exporter.exported, patiently).toBe(251);
  },
);
