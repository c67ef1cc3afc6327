/** Who decides what is traced: whoever has shown who it is, and otherwise the share that is configured. */

import { expect, it } from 'vitest';
import { traceRequest } from '../../../../src/gateway/telemetry/trace-requests.ts';
import { createTracer, type SpanRecord } from '../../../../src/rpc/tracing/span.ts';
import { inProcessGateway, keys } from '../in-process-gateway.ts';

const traceId = 'ab'.repeat(16);
const request = 'POST /v1/chat/completions';

it.each([
  { who: 'a caller', key: keys.first, flags: '01', ratio: 0, told: ['authenticate', request] },
  { who: 'a caller', key: keys.first, flags: '00', ratio: 1, told: [] },
  { who: 'anybody', key: 'wrong', flags: '01', ratio: 0, told: [] },
  { who: 'anybody', key: 'wrong', flags: '00', ratio: 1, told: ['authenticate', 'POST unmatched'] },
])(
  'tells $told of $who that says $flags, where $ratio of all is told',
  async ({ key, flags, ratio, told }) => {
    const spans: SpanRecord[] = [];
    const tracer = createTracer({
      ...{
        ratio,
        random: () => 0.5,
        clock: { nowUnixMs: () => 0, monotonicMs: () => 0 },
        onEnd: (span) => void spans.push(span),
      },
      randomHex: (bytes) => '1'.repeat(2 * bytes),
    });
    const gateway = inProcessGateway({ tracer, observers: [traceRequest] });
    const traceparent = `00-${traceId}-${'cd'.repeat(8)}-${flags}`;
    await (await gateway.ask({ key, headers: { traceparent } })).text();
    expect(spans.map(({ name }) => name)).toEqual(told);
    expect(spans.every(({ context }) => context.traceId === traceId)).toBe(true);
    const line = gateway.logLines.findLast(({ event }) => event === 'request');
    expect(line).toMatchObject({ traceId });
    expect(line).not.toHaveProperty('isRequestIdDrawn');
  },
);
