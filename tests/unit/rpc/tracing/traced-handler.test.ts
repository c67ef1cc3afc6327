import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import type { GenerateHandler } from '../../../../src/rpc/inference.ts';
import { createTracer, type SpanRecord } from '../../../../src/rpc/tracing/span.ts';
import { tracedHandler } from '../../../../src/rpc/tracing/traced-handler.ts';
import { counting, doneAfter, neverAborted, outcomeOf, requestFor, token } from '../transport/cluster.ts';

/** The span of an answer that is read to its end. */
async function spanOf(handler: GenerateHandler): Promise<SpanRecord | undefined> {
  const spans: SpanRecord[] = [];
  const tracer = createTracer({
    clock: { nowUnixMs: () => 0, monotonicMs: () => 0 },
    randomHex: (bytes) => '1'.repeat(2 * bytes),
    random: () => 0,
    ratio: 1,
    onEnd: (span) => spans.push(span),
  });
  await outcomeOf(tracedHandler(handler, tracer)(requestFor(), { signal: neverAborted() }));
  expect(spans).toHaveLength(1);
  return spans[0];
}

test('an answer has one first token', async () => {
  const span = await spanOf(counting(3));
  expect(span?.events.map(({ name }) => name)).toEqual(['first_token']);
  expect(span?.attributes['gen_ai.usage.output_tokens']).toBe(3);
  expect(span?.errorCode).toBeUndefined();
});

test('an answer without a token has no first one', async () => {
  const span = await spanOf(async function* nothing() {
    yield doneAfter(0);
  });
  expect(span).toMatchObject({ events: [], attributes: { 'gen_ai.usage.output_tokens': 0 } });
  expect(span?.errorCode).toBeUndefined();
});

test('an answer that fails has the code of its error, and what came before', async () => {
  const span = await spanOf(async function* fails() {
    yield token(0);
    throw new DrydockError('RPC_WORKER_LOST', 'could not');
  });
  expect(span).toMatchObject({ errorCode: 'RPC_WORKER_LOST', events: [{ name: 'first_token' }] });
});
