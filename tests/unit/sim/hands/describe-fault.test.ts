import { expect, test } from 'vitest';
import { describeFault, describeHeal, describeRestart } from '../../../../sim/hands/describe-fault.ts';
import type { FaultAnswer } from '../../../../sim/hands/fault-request.ts';

const fault: FaultAnswer['fault'] = {
  ...{
    id: 'f3',
    kind: 'cut',
    target: 'eu-west-1b',
    effect: 'cut off',
    hits: ['engine-1', 'worker-1'],
    sinceMs: 0,
  },
};

test.each<[line: string, answer: FaultAnswer]>([
  [
    'eu-west-1b (engine-1, worker-1): cut off, after 4 ms; undo with ./drydock fault heal f3',
    { fault, isInForce: true, tookMs: 4.2 },
  ],
  [
    'eu-west-1b (engine-1, worker-1): cut off, after 4 ms; heals by itself in 30 s, or undo with ./drydock fault heal f3',
    { fault: { ...fault, untilMs: 30_000 }, isInForce: true, tookMs: 4.2 },
  ],
  [
    'gateway-0: frozen, after 4 ms; your own connections enter by gateway-0 and are hit as well; undo with ./drydock fault heal f3',
    {
      fault: { ...fault, kind: 'freeze', target: 'gateway-0', effect: 'frozen', hits: ['gateway-0'] },
      ...{ isInForce: true, tookMs: 4.2, entrance: 'gateway-0' },
    },
  ],
  [
    'worker-0: killed, after 17 ms; its unit starts it again in 1 s',
    {
      fault: { ...fault, kind: 'kill', target: 'worker-0', effect: 'killed', hits: ['worker-0'] },
      ...{ isInForce: false, tookMs: 17, restartsInMs: 1_000 },
    },
  ],
  [
    'worker-0: killed, after 17 ms; its unit does not start it again: ./drydock restart does',
    {
      fault: { ...fault, kind: 'kill', target: 'worker-0', effect: 'killed', hits: ['worker-0'] },
      ...{ isInForce: false, tookMs: 17 },
    },
  ],
])('says what it did, what it hits and how to undo it: %s', (line, answer) => {
  expect(describeFault(answer)).toBe(line);
});

test('says what was healed, and that nothing was', () => {
  const frozen = { ...fault, kind: 'freeze' as const, target: 'worker-0' };
  expect(describeHeal({ healed: [fault, frozen], tookMs: 3.4 })).toBe(
    'Healed after 3 ms: eu-west-1b (no more cut off), worker-0 (thawed)',
  );
  expect(describeHeal({ healed: [fault] })).toBe('Healed by itself: eu-west-1b (no more cut off)');
  expect(describeHeal({ healed: [], tookMs: 1 })).toBe('Nothing was broken.');
});

test('says how a program ended and when it served again', () => {
  const restart = { node: 'worker-0', stopMs: 50.4, wasKilled: false, tookMs: 1_365 };
  expect(describeRestart(restart)).toBe(
    'worker-0: ended in order after 50 ms, and serves again after 1365 ms',
  );
  expect(describeRestart({ ...restart, wasKilled: true })).toBe(
    'worker-0: was killed after 50 ms, for it had not ended, and serves again after 1365 ms',
  );
});
