/** Workers whose clocks are wrong: no request ends early for it, and none runs that nobody waits for any more. */
import { describe, expect, test } from 'vitest';
import { until, within } from '../until.ts';
import { holding, neverAborted, outcomeOf, requestFor, startCluster } from './cluster.ts';

const hourMs = 3_600_000;

describe.each([
  ['an hour ahead', hourMs],
  ['an hour behind', -hourMs],
])('a worker whose clock is %s', (_how, clockAheadMs) => {
  test('is told the deadline by its own clock, and answers as any other', async () => {
    await using cluster = await startCluster();
    const held = holding(1);
    await cluster.addWorker('skewed', held.handler, { clockAheadMs });
    const request = requestFor({ deadlineUnixMs: Date.now() + 20_000 });
    const stream = cluster.client.generate(request, { signal: neverAborted() })[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ seq: 0 });
    const toldMs = (held.requests[0]?.deadlineUnixMs ?? 0) - clockAheadMs - request.deadlineUnixMs;
    // Both clocks are one and the same here, but for whole milliseconds: what remains is half a round trip or so.
    expect(Math.abs(toldMs)).toBeLessThan(500);
    await stream.return?.();
    expect(cluster.log.filter(({ message }) => message === 'attempt failed')).toEqual([]);
  });

  test('counts the tokens of a prompt in time', async () => {
    await using cluster = await startCluster();
    const tokenization = { ids: [1, 2], contextTokensMax: 64 };
    await cluster.addWorker('skewed', holding(1).handler, {
      clockAheadMs,
      tokenize: async () => tokenization,
    });
    const { model } = requestFor();
    const asked = { model, messages: [], prompt: 'two', addSpecialTokens: true };
    const deadlineUnixMs = Date.now() + 20_000;
    const told = await cluster.client.tokenize({ ...asked, deadlineUnixMs }, { signal: neverAborted() });
    expect(told).toEqual(tokenization);
  });

  test('ends what runs at its deadline', async () => {
    await using cluster = await startCluster();
    const held = holding(1);
    await cluster.addWorker('skewed', held.handler, { clockAheadMs });
    const beganMs = performance.now();
    const request = requestFor({ deadlineUnixMs: Date.now() + 200 });
    const outcome = await within(
      'its end',
      5000,
      outcomeOf(cluster.client.generate(request, { signal: neverAborted() })),
    );
    expect(outcome).toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED', frames: [{ seq: 0 }] });
    expect(performance.now() - beganMs).toBeGreaterThan(195);
    await until('the worker to end it', () => held.signals.every(({ aborted }) => aborted));
    expect(held.signals).toHaveLength(1);
  });

  test('drops what a healed network brings after its deadline, and runs what it brings in time', async () => {
    await using cluster = await startCluster({ isSpoilable: true });
    const held = holding(1);
    await cluster.addWorker('skewed', held.handler, { clockAheadMs });
    const [link] = cluster.linksOf('skewed');
    link?.hold('from-engine');
    // Also the word that it was cancelled, which would tell it too.
    link?.lose(({ direction, text }) => direction === 'from-engine' && text.includes('::cancel'));
    const leave = new AbortController();
    const generate = (requestId: string, leftMs: number) => {
      const request = requestFor({ requestId, deadlineUnixMs: Date.now() + leftMs });
      return outcomeOf(cluster.client.generate(request, { signal: leave.signal }));
    };
    const late = generate('late', 100);
    const wanted = generate('wanted', 20_000);
    expect(await within('its end', 5000, late)).toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED' });
    // The worker is told late by a round trip at most, which is long on a busy machine.
    const healAtMs = performance.now() + 500;
    await until('the deadline by its clock as well', () => performance.now() > healAtMs);
    link?.heal();
    await until('the one that is wanted', () => held.requests.length > 0);
    expect(held.requests.map(({ requestId }) => requestId)).toEqual(['wanted']);
    leave.abort();
    await wanted;
  });
});
