import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairQueue, type QueueEntry } from '../../../../src/rpc/queue/fair-queue.ts';

function entry(item: string, more: Partial<QueueEntry<string>> = {}): QueueEntry<string> {
  return { item, caller: item[0] ?? '', priority: 0, isUrgent: false, ...more };
}

function queueOf(lengthMax: number, ...entries: readonly QueueEntry<string>[]) {
  const queue = new FairQueue<string>({ lengthMax });
  for (const each of entries) queue.add(each);
  return queue;
}

function served(queue: FairQueue<string>): readonly string[] {
  const items: string[] = [];
  for (;;) {
    const [next] = queue.inOrder();
    if (next === undefined) return items;
    queue.serve(next);
    items.push(next.item);
  }
}

test('callers take turns, each in the order of its coming', () => {
  const queue = queueOf(9, ...['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((item) => entry(item)));
  expect(queue.inOrder().map(({ item }) => item)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  expect(served(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a caller that was served waits for the turns of all others, whoever comes meanwhile', () => {
  const queue = queueOf(9, entry('a1'), entry('a2'), entry('b1'));
  const [first] = queue.inOrder();
  if (first !== undefined) queue.serve(first);
  queue.add(entry('c1'));
  expect(served(queue)).toEqual(['b1', 'a2', 'c1']);
});

test('higher priorities come first, and answers that were begun before all', () => {
  const queue = queueOf(
    9,
    ...[entry('a1'), entry('b1', { priority: 5 }), entry('c1', { priority: -5, isUrgent: true })],
    ...[entry('d1', { priority: 5 }), entry('a2', { priority: 9 })],
  );
  expect(served(queue)).toEqual(['c1', 'a2', 'b1', 'd1', 'a1']);
});

test('a full queue turns away whoever has as much as the others', () => {
  const queue = queueOf(2, entry('a1'), entry('b1'));
  for (const late of [entry('a2'), entry('c1')]) expect(queue.add(late)).toBe(late);
  expect(queue.length).toBe(2);
});

test('a full queue makes room at the cost of whoever has the most: its newest and least important', () => {
  const [important, old, young] = [entry('a1', { priority: 1 }), entry('a2'), entry('a3')];
  const queue = queueOf(3, important, old, young);
  expect(queue.add(entry('b1'))).toBe(young);
  expect(queue.add(entry('c1'))).toBe(old);
  const late = entry('d1');
  expect(queue.add(late)).toBe(late);
  expect(served(queue)).toEqual(['a1', 'b1', 'c1']);
});

test('an urgent entry finds room in a full queue, and never gives way', () => {
  const urgent = entry('a1', { isUrgent: true });
  const queue = queueOf(1, entry('b1'));
  expect([queue.add(urgent), queue.length]).toEqual([undefined, 2]);
  const urgentOnly = queueOf(1, urgent, entry('a2', { isUrgent: true }));
  const late = entry('b1');
  expect(urgentOnly.add(late)).toBe(late);
});

test('an entry can leave once', () => {
  const leaving = entry('a1');
  const queue = queueOf(2, leaving);
  expect([queue.remove(leaving), queue.remove(leaving), queue.length]).toEqual([true, false, 0]);
});

const anyEntry = fc
  .record({ caller: fc.constantFrom('a', 'b', 'c'), priority: fc.nat(2), isUrgent: fc.boolean() })
  .map((facts) => entry(facts.caller, facts));

test('serves everybody once, within the bound, and nobody twice before an equal has had a turn', () => {
  fc.assert(
    fc.property(
      fc.array(anyEntry, { maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      (entries, lengthMax) => {
        const queue = new FairQueue<string>({ lengthMax });
        const inside = new Set<QueueEntry<string>>();
        for (const each of entries) {
          inside.add(each);
          const leaving = queue.add(each);
          if (leaving !== undefined) inside.delete(leaving);
          expect(leaving?.isUrgent ?? false).toBe(false);
          const ordinary = [...inside].filter(({ isUrgent }) => !isUrgent).length;
          expect(ordinary).toBeLessThanOrEqual(lengthMax);
        }
        const order = queue.inOrder();
        expect(new Set(order)).toEqual(inside);
        const ordinary = order.filter(({ isUrgent }) => !isUrgent);
        for (const [index, { priority, caller }] of ordinary.entries()) {
          const before = ordinary.slice(0, index).filter((other) => other.priority === priority);
          const own = before.filter((other) => other.caller === caller).length;
          for (const other of ordinary.slice(index).filter((each) => each.priority === priority)) {
            const others = before.filter((each) => each.caller === other.caller).length;
            expect(own).toBeLessThanOrEqual(others);
            if (other.caller !== caller) continue;
            expect(entries.indexOf(other)).toBeGreaterThanOrEqual(entries.indexOf(ordinary[index] ?? other));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
