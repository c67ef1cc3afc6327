import { expect, test } from 'vitest';
import { Admission, type Ask } from '../../../../src/rpc/queue/admission.ts';
import { FakeClock } from '../fake-clock.ts';

/** A room with so many places. */
function roomOf(places: number, lengthMax = 9) {
  const clock = new FakeClock();
  const admission = new Admission<string>({ now: clock.now, lengthMax });
  const room = { free: places, tries: 0 };
  const settled: string[] = [];
  const leave = new Map<string, AbortController>();
  const enter = (name: string, more: Partial<Ask<string>> = {}) => {
    const controller = new AbortController();
    leave.set(name, controller);
    const ask: Ask<string> = {
      caller: name,
      priority: 0,
      isUrgent: false,
      group: 'room',
      untilMs: 100,
      signal: controller.signal,
      take: () => {
        room.tries += 1;
        if (room.free === 0) return undefined;
        room.free -= 1;
        return name;
      },
      refusal: (why, ahead) => new Error(`${why} ${ahead}`),
      ...more,
    };
    admission.enter(ask).then(
      (place) => settled.push(`${place} in`),
      (error: Error) => settled.push(`${name} ${error.message}`),
    );
  };
  const turn = () => new Promise(setImmediate);
  return { admission, clock, room, settled, leave, enter, turn };
}

test('lets in at once while there is room, then in order as places become free', async () => {
  const { admission, room, settled, enter, turn } = roomOf(1);
  for (const name of ['a', 'b', 'c']) enter(name);
  await turn();
  expect([settled, admission.length]).toEqual([['a in'], 2]);
  room.free = 1;
  admission.serve();
  await turn();
  expect(settled).toEqual(['a in', 'b in']);
});

test('tries nobody else of a group that has found no place', async () => {
  const { admission, room, enter, turn } = roomOf(0);
  for (const name of ['a', 'b', 'c']) enter(name);
  enter('d', { group: 'another' });
  room.tries = 0;
  admission.serve();
  await turn();
  expect(room.tries).toBe(2);
});

test('one without a group, or of another, does not wait for those before it', async () => {
  const { settled, enter, turn } = roomOf(0);
  enter('a');
  enter('b', { group: 'another', take: () => 'b' });
  await turn();
  expect(settled).toEqual(['b in']);
});

test('turns away whose time is over, and nobody sooner', async () => {
  const { admission, clock, settled, enter, turn } = roomOf(0);
  enter('a');
  enter('b', { untilMs: 200 });
  clock.pass(99);
  admission.expire();
  await turn();
  expect(settled).toEqual([]);
  clock.pass(1);
  admission.expire();
  await turn();
  expect([settled, admission.length]).toEqual([['a late 1'], 1]);
});

test('turns away who finds it full, or whoever has to make room', async () => {
  const { admission, settled, enter, turn } = roomOf(0, 2);
  enter('a1', { caller: 'a' });
  enter('a2', { caller: 'a' });
  enter('a3', { caller: 'a' });
  enter('b1', { caller: 'b' });
  await turn();
  expect([settled, admission.length]).toEqual([['a3 full 2', 'a2 full 2'], 2]);
});

test('whoever leaves makes room at once, and takes no place later', async () => {
  const { admission, room, settled, leave, enter, turn } = roomOf(0, 1);
  enter('a');
  leave.get('a')?.abort(new Error('left'));
  enter('b');
  room.free = 1;
  admission.serve();
  await turn();
  expect([settled, admission.length]).toEqual([['a left', 'b in'], 0]);
});

test('whoever has left before it came is not let in', async () => {
  const { room, settled, enter, turn } = roomOf(1);
  enter('a', { signal: AbortSignal.abort(new Error('gone')) });
  await turn();
  expect([settled, room.tries]).toEqual([['a gone'], 0]);
});
