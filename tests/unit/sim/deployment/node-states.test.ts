import { expect, test } from 'vitest';
import { trackNodes } from '../../../../sim/deployment/node-states.ts';

const log = (id: string, fields: object) =>
  ({ kind: 'machine-log', id, line: JSON.stringify(fields) }) as const;
const exit = (id: string, code: number | null, signal: NodeJS.Signals | null = null) =>
  ({ kind: 'machine-exit', id, code, signal }) as const;

function track() {
  const ended: string[] = [];
  const states = trackNodes({ logDirectory: '/logs', onEnded: (id, how) => ended.push(`${id} ${how}`) });
  return { states, ended };
}

test('resolves when every program has said that it is ready, whatever else it logs', async () => {
  const { states } = track();
  const ready = states.allReady(['a-0', 'b-0'], 1_000);
  states.onEvent({ kind: 'machine-log', id: 'a-0', line: 'not JSON' });
  states.onEvent(log('a-0', { event: 'ready' }));
  expect([states.state('a-0'), states.state('b-0')]).toStrictEqual(['ready', 'starting']);
  states.onEvent(log('b-0', { event: 'ready' }));
  await expect(ready).resolves.toBeUndefined();
});

test('tells how many are ready, each time another one is', () => {
  const counts: number[] = [];
  const states = trackNodes({
    logDirectory: '/logs',
    onEnded: () => undefined,
    onReady: (count) => counts.push(count),
  });
  states.onEvent(log('a-0', { event: 'ready' }));
  states.onEvent(log('a-0', { event: 'ready' }));
  states.onEvent(log('b-0', { event: 'ready' }));
  expect(counts).toStrictEqual([1, 2]);
});

test('fails with the program’s own line when it ends before it is ready', async () => {
  const { states } = track();
  const ready = states.allReady(['a-0'], 1_000);
  states.onEvent(log('a-0', { event: 'failed', msg: 'could not read DRYDOCK_ENGINES: it names no engine' }));
  states.onEvent(exit('a-0', 2));
  await expect(ready).rejects.toMatchObject({
    code: 'SIM_NODE_FAILED',
    message:
      'could not start a-0: could not read DRYDOCK_ENGINES: it names no engine; its log is /logs/a-0.log',
  });
});

test('fails by exit code or signal when it ended without a word', async () => {
  for (const [event, how] of [
    [exit('a-0', 1), 'ended with exit code 1'],
    [exit('a-0', null, 'SIGSEGV'), 'was ended by SIGSEGV'],
  ] as const) {
    const { states } = track();
    states.onEvent(event);
    await expect(states.allReady(['a-0'], 1_000)).rejects.toThrow(how);
  }
});

test('does not fail those who wait for others', async () => {
  const { states } = track();
  states.onEvent(exit('a-0', 1));
  const ready = states.allReady(['b-0'], 1_000);
  states.onEvent(log('b-0', { event: 'ready' }));
  await expect(ready).resolves.toBeUndefined();
});

test('names who is missing when the budget is over', async () => {
  const { states } = track();
  states.onEvent(log('a-0', { event: 'ready' }));
  await expect(states.allReady(['a-0', 'b-0'], 30)).rejects.toMatchObject({
    code: 'SIM_NODE_NOT_READY',
    message: 'could not start b-0: not ready after 0.03 s; see the logs in /logs',
  });
});

test('tells of the end of a program that was ready, and does not take it for a failed start', async () => {
  const { states, ended } = track();
  states.onEvent(log('a-0', { event: 'ready' }));
  await states.allReady(['a-0'], 1_000);
  states.onEvent(exit('a-0', null, 'SIGKILL'));
  expect(ended).toStrictEqual(['a-0 was ended by SIGKILL']);
  expect(states.state('a-0')).toBe('ended');
  // A late line of a dead program does not raise it.
  states.onEvent(log('a-0', { event: 'ready' }));
  expect(states.state('a-0')).toBe('ended');
});
