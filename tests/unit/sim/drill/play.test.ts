import { expect, test } from 'vitest';
import { openPlay } from '../../../../sim/drill/failover-bench/play.ts';
import { planUpstreamScenarios } from '../../../../sim/drill/failover-bench/upstream-scenarios.ts';

function play(id: string) {
  let nowMs = 1_000;
  const scenario = planUpstreamScenarios('full').find((one) => one.id === id);
  if (scenario === undefined) throw new TypeError(`there is no ${id}`);
  const opened = openPlay(scenario, { now: () => nowMs });
  const ask = (server: string, isPrefill = false) => opened.next({ server, isPrefill });
  return {
    ...{ opened, ask },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('who is asked first misbehaves, as often as it is to, and the others never do', () => {
  const { opened, ask, pass } = play('S01');
  expect(opened.primary).toBeUndefined();
  expect(ask('b')).toMatchObject({ kind: 'refuse', status: 429, retryAfterSeconds: 2 });
  pass(5);
  expect(ask('a')).toStrictEqual({ kind: 'answer', tokenMs: 15 });
  expect(ask('b')).toStrictEqual({ kind: 'answer', tokenMs: 15 });
  expect(opened.primary).toBe('b');
  expect(opened.attempts).toStrictEqual([
    { server: 'b', isPrefill: false, atMs: 1_000 },
    { server: 'a', isPrefill: false, atMs: 1_005 },
    { server: 'b', isPrefill: false, atMs: 1_005 },
  ]);
});

test('an outage ends by the clock, not by the number of requests', () => {
  const { ask, pass } = play('S15');
  for (let asked = 0; asked < 9; asked += 1) expect(ask('a')).toMatchObject({ status: 503 });
  pass(60_000);
  expect(ask('a')).toMatchObject({ kind: 'answer' });
});

test('only who is asked to go on with an answer refuses to', () => {
  const { ask } = play('S14');
  expect(ask('a')).toMatchObject({ cut: { afterTokens: 40 } });
  expect(ask('b', true)).toMatchObject({ status: 400, code: 'prefill_not_supported' });
  expect(ask('b')).toMatchObject({ kind: 'answer' });
});
