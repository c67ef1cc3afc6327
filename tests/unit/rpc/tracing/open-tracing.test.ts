import { expect, it } from 'vitest';
import { openTracing } from '../../../../src/rpc/tracing/open-tracing-runtime.ts';
import { startCollector } from './collector.ts';

it('begins traces by a clock that is set, and measures by one that is not', async () => {
  await using collector = await startCollector();
  let nowUnixMs = 1_795_000_000_000;
  let monotonicMs = 5;
  const tracing = openTracing(
    { url: collector.url, ratio: 1 },
    {
      ...{ resource: {}, logger: { info: () => {}, warn: () => {} } },
      clock: { nowUnixMs: () => nowUnixMs, monotonicMs: () => monotonicMs },
    },
  );
  const request = tracing.tracer.begin('first', { kind: 'server' });
  nowUnixMs += 3_600_000;
  monotonicMs += 10;
  const inner = request.child('inner');
  monotonicMs += 2;
  inner.end();
  request.end();
  tracing.tracer.begin('second', { kind: 'server' }).end();
  await tracing[Symbol.asyncDispose]();
  expect(
    collector.spans().map(({ name, startUnixMs, ms }) => [name, ...[startUnixMs, ms].map(Math.round)]),
  ).toEqual([
    ['inner', 1_795_000_000_010, 2],
    ['first', 1_795_000_000_000, 12],
    ['second', 1_795_003_600_000, 0],
  ]);
});
