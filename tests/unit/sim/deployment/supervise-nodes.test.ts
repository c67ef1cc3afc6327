import { beforeEach, expect, test, vi } from 'vitest';
import { superviseNodes } from '../../../../sim/deployment/supervise-nodes.ts';
import type { RestartPolicy } from '../../../../sim/nodes/index.ts';

const killed = { code: null, signal: 'SIGKILL' } as const;
const done = { code: 0, signal: null } as const;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  return () => vi.useRealTimers();
});

function supervise(policy: RestartPolicy | undefined = { when: 'always', delayMs: 1_000 }) {
  const restarted: string[] = [];
  const supervision = superviseNodes({
    policyOf: () => policy,
    restart: (id) => restarted.push(id),
    now: Date.now,
  });
  supervision.started('a');
  return { supervision, restarted };
}

function served(policy?: RestartPolicy) {
  const both = supervise(policy);
  both.supervision.ready('a');
  return both;
}

test('starts again what ended by itself, after the delay and not before, however often', () => {
  const { supervision, restarted } = served();
  for (let times = 1; times <= 3; times++) {
    expect(supervision.ended('a', killed)).toStrictEqual({ isByItself: true, restartsInMs: 1_000 });
    expect(supervision.record('a')).toMatchObject({ state: 'restarting', lastEnd: 'was ended by SIGKILL' });
    vi.advanceTimersByTime(999);
    expect(restarted).toHaveLength(times - 1);
    vi.advanceTimersByTime(1);
    expect(restarted).toHaveLength(times);
    supervision.started('a');
    expect(supervision.record('a')).toMatchObject({ state: 'starting', restarts: times });
  }
  // Also one that does not come as far as serving.
  supervision.ready('a');
  expect(supervision.record('a')).toMatchObject({ state: 'serving', restarts: 3 });
});

test('tells since when a state is', () => {
  const { supervision } = served();
  vi.advanceTimersByTime(500);
  expect(supervision.record('a')).toStrictEqual({ state: 'serving', sinceMs: 0, restarts: 0 });
  supervision.frozen(['a'], true);
  vi.advanceTimersByTime(500);
  expect(supervision.record('a')).toStrictEqual({ state: 'frozen', sinceMs: 500, restarts: 0 });
  supervision.frozen(['a'], false);
  expect(supervision.record('a')).toStrictEqual({ state: 'serving', sinceMs: 1_000, restarts: 0 });
});

test.each<
  [what: string, policy: RestartPolicy | undefined, end: typeof killed | typeof done, again: boolean]
>([
  ['a crash', { when: 'on-failure', delayMs: 0 }, killed, true],
  ['an end in order', { when: 'on-failure', delayMs: 0 }, done, false],
  ['an end in order', { when: 'always', delayMs: 0 }, done, true],
  ['a crash', { when: 'no', delayMs: 0 }, killed, false],
])('answers %s by %j', (_what, policy, end, again) => {
  const { supervision, restarted } = served(policy);
  supervision.ended('a', end);
  vi.advanceTimersByTime(1);
  expect(restarted).toStrictEqual(again ? ['a'] : []);
  expect(supervision.record('a').state).toBe(again ? 'restarting' : 'dead');
});

test('leaves what never served: that fails the start', () => {
  const { supervision, restarted } = supervise();
  expect(supervision.ended('a', { code: 2, signal: null })).toStrictEqual({ isByItself: false });
  vi.runAllTimers();
  expect(restarted).toStrictEqual([]);
  expect(supervision.record('a')).toMatchObject({ state: 'dead', lastEnd: 'ended with exit code 2' });
});

test('leaves what was stopped on purpose, before its end and while it waits for its next start', () => {
  const { supervision, restarted } = served();
  supervision.release(['a']);
  expect(supervision.ended('a', killed)).toStrictEqual({ isByItself: false });
  supervision.started('a');
  supervision.ended('a', killed);
  supervision.release(['a']);
  vi.runAllTimers();
  expect(restarted).toStrictEqual([]);
  expect(supervision.record('a').state).toBe('dead');
});

test('starts nothing once it is closed', () => {
  const { supervision, restarted } = served();
  supervision.ended('a', killed);
  supervision.close();
  vi.runAllTimers();
  supervision.started('a');
  expect(supervision.ended('a', killed)).toStrictEqual({ isByItself: false });
  vi.runAllTimers();
  expect(restarted).toStrictEqual([]);
});

test('is frozen no more when it has ended', () => {
  const { supervision } = served();
  supervision.frozen(['a'], true);
  supervision.ended('a', killed);
  expect(supervision.record('a').state).toBe('restarting');
  // What does not run cannot be frozen.
  supervision.frozen(['a'], true);
  expect(supervision.record('a').state).toBe('restarting');
});

test('knows nothing of one that a reload took away', () => {
  const { supervision, restarted } = served();
  supervision.ended('a', killed);
  supervision.forget(['a']);
  vi.runAllTimers();
  expect(restarted).toStrictEqual([]);
  expect(supervision.record('a')).toMatchObject({ state: 'dead', restarts: 0 });
});
