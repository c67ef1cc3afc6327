/** What a worker outlives of its callers, with a stream of somebody else's that must not notice anything. */
import { expect, test } from 'vitest';
import { busyWorkerIds, busyWorkerSlots, startBusyWorker } from './busy-worker.ts';
import { requestFor } from './cluster.ts';

const { generate, cancel, health } = busyWorkerIds;

const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)]);
const channel = { channel_id: '../../otel?x=', access_key: ' \n', direction: 'write' };
const request = requestFor();

const shapes: readonly unknown[] = [
  ...[null, 7, '', 'x'.repeat(1000), [], [[]], {}, { request: null }, { request: [] }, { request }],
  { request, out: 'no channel' },
  { request, out: { ...channel, direction: 'read' } },
  { request: channel, out: channel, attempt: channel },
  { request, out: channel, attempt: -1 },
  { request, out: channel, attempt: 1e9 },
  { request, out: channel, resume: 7 },
  { request, out: channel, resume: { ids: 'all' } },
  { request, out: channel, resume: { ids: [1.5] } },
  { request, out: channel, resume: { ids: Array(200_000).fill(1) } },
  { request: { ...request, requestId: 'x'.repeat(129) }, out: channel },
  { request: { ...request, deadlineUnixMs: 'soon' }, out: channel },
  { request: { ...request, sampling: { ...request.sampling, maxTokens: 1e12 } }, out: channel },
  { request: { ...request, messages: Array(1025).fill({ role: 'user', content: '' }) }, out: channel },
  { request: { ...request, __proto__: null, constructor: { prototype: 1 } }, out: nested(100) },
  { request: nested(100), out: nested(100) },
];

test('refuses whatever has not the agreed shape, and runs nothing of it', async () => {
  await using worker = await startBusyWorker();
  for (const shape of shapes) {
    const { result, error } = await worker.caller.ask(generate, shape);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ accepted: false, error: { code: 'RPC_REQUEST_INVALID' } });
  }
  for (const shape of [null, 7, [], {}, { requestId: 7 }, { requestId: 'x', attempt: 0.5 }, nested(100)]) {
    expect((await worker.caller.ask(cancel, shape)).error).toMatchObject({ code: 'invocation_failed' });
    expect((await worker.caller.ask(health, shape)).result).toMatchObject({ running: 1 });
  }
  expect(worker.runs).toEqual(['victim']);
  await worker.expectUnharmed();
});

test.each([
  ['that there is not', '00000000-0000-4000-8000-000000000000'],
  ['whose name is no path', '%'],
  // It leads to the engine's telemetry, which takes everything: the deadline ends the call.
  ['that leads elsewhere', '../../otel?x='],
])(
  'a channel %s ends the call that brought it, by its deadline at the latest, and gives its slot back',
  async (_, id) => {
    await using worker = await startBusyWorker();
    for (let round = 0; round < 2; round += 1) {
      const calls = Array.from({ length: busyWorkerSlots - 1 }, async () => {
        const deadlineUnixMs = Date.now() + 150;
        const out = { ...channel, channel_id: id };
        return (await worker.caller.ask(generate, { request: requestFor({ deadlineUnixMs }), out })).result;
      });
      for (const result of await Promise.all(calls)) expect(result).toMatchObject({ accepted: true });
    }
    await worker.expectUnharmed();
  },
);

test('of many calls at once each is refused or run, as many at a time as there are slots', async () => {
  await using worker = await startBusyWorker();
  expect(await worker.flood(500)).toEqual({ refused: expect.any(Number), answered: 500 });
  expect(worker.runningMost()).toBe(busyWorkerSlots);
  await worker.expectUnharmed();
});
