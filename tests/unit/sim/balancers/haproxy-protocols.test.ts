/** Which listeners HAProxy runs: those whose protocol it has a mode for, and no name that every object has. */
import { expect, test } from 'vitest';
import { runs } from '../../../../sim/balancers/haproxy-configuration.ts';

test.each([
  ['HTTP', true],
  ['TLS', true],
  ['TCP_UDP', true],
  ['UDP', false],
  ['GENEVE', false],
  ['constructor', false],
  ['toString', false],
])('%s: %s', (protocol, isRun) => {
  expect(runs({ protocol })).toBe(isRun);
});
