import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WaitingQueue } from '../../../../src/worker/scheduling/waiting-queue.ts';

const entries = fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 30 });

test('gives the higher priority first, equal ones in the order of their coming', () => {
  fc.assert(
    fc.property(entries, (priorities) => {
      const queue = new WaitingQueue<{ priority: number; place: number }>(30);
      const pushed = priorities.map((priority, place) => ({ priority, place }));
      for (const entry of pushed) expect(queue.push(entry)).toBe(true);
      expect(queue.length).toBe(pushed.length);
      // The sort is stable.
      const due = pushed.toSorted((a, b) => b.priority - a.priority);
      expect(queue.first).toBe(due[0]);
      expect(pushed.map(() => queue.shift())).toEqual(due);
      expect([queue.first, queue.shift(), queue.length]).toEqual([undefined, undefined, 0]);
    }),
  );
});

test('takes no more than it may hold, and again after one has gone', () => {
  const queue = new WaitingQueue(2);
  expect([0, 5, 9].map((priority) => queue.push({ priority }))).toEqual([true, true, false]);
  expect(queue.length).toBe(2);
  queue.shift();
  expect(queue.push({ priority: 9 })).toBe(true);
  expect(queue.first).toEqual({ priority: 9 });
});

test('takes out those that are asked for, and leaves the others in order', () => {
  const queue = new WaitingQueue(8);
  for (const priority of [1, 4, 3, 2]) queue.push({ priority });
  expect(queue.take(({ priority }) => priority % 2 === 0)).toEqual([{ priority: 4 }, { priority: 2 }]);
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([
    { priority: 3 },
    { priority: 1 },
    undefined,
  ]);
});
