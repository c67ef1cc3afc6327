import { expect, test } from 'vitest';
import { openRequestGate } from '../../../../sim/drill/request-gate.ts';

test('hands out each request once, and as far as it is open', async () => {
  const gate = openRequestGate(5);
  const got: (number | undefined)[] = [];
  const clients = Array.from({ length: 3 }, async () => {
    for (;;) {
      const next = await gate.next();
      got.push(next);
      if (next === undefined) return;
    }
  });
  await Promise.resolve();
  expect(got).toStrictEqual([]);
  gate.openTo(2);
  await gate.reached(2);
  expect(gate.handedOut).toBe(2);
  // Never closes again.
  gate.openTo(1);
  gate.openTo(50);
  await Promise.all(clients);
  expect(got).toStrictEqual([0, 1, 2, 3, 4, undefined, undefined, undefined]);
});
