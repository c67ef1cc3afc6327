import { expect, it } from 'vitest';
import { createShutOutCallers } from '../../../../src/gateway/admin/shut-out-callers.ts';

it('shuts out whoever is shut out already, and nobody else, when as many are as may be', () => {
  const shutOut = createShutOutCallers();
  for (let count = 0; count < 10_000; count += 1) shutOut.add(`caller-${count}`);
  shutOut.add('caller-7');
  expect(() => shutOut.add('another')).toThrow(/10000 already are/);
  expect([shutOut.has('another'), shutOut.all().length]).toEqual([false, 10_000]);
  shutOut.delete('caller-7');
  shutOut.add('another');
  expect(shutOut.has('another')).toBe(true);
});
