/** One line and an exit code for whatever a sub-command throws. */

import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { describeFailure } from '../../../bin/failure.ts';
import { DrydockError } from '../../../sim/errors.ts';
import { DrydockError as ServiceError } from '../../../src/rpc/errors.ts';

const plain = { showsStacks: false };
const text = 'could not read main.tf.json: no such file; run `npm run synth`';

test.each([
  ['the simulator', new DrydockError('SIM_TERRAFORM_UNREADABLE', text)],
  ['the service', new ServiceError('RPC_CONFIG_INVALID', text)],
])('tells an expected error of %s in its own words, and could not judge', (_, error) => {
  expect(describeFailure(error, plain)).toEqual({ text: `drydock: ${text}`, exitCode: 2 });
});

test('tells several problems on a line each, and lets none of them make a line of its own', () => {
  const problems = [{ message: 'could not read a' }, { message: 'could not read b\ndrydock: all is well' }];
  const error = new DrydockError('SIM_TERRAFORM_PROBLEMS', 'could not read a\ncould not read b', {
    details: { problems },
  });
  expect(describeFailure(error, plain)).toEqual({
    text: 'drydock: could not read a\ndrydock: could not read b drydock: all is well',
    exitCode: 2,
  });
});

test('takes an error for a verdict only where it says so', () => {
  const verdict = (exitCode: unknown) =>
    new DrydockError('SIM_PACKET_NOT_REFUSED', text, { details: { exitCode } });
  expect(describeFailure(verdict(1), plain).exitCode).toBe(1);
  expect(describeFailure(verdict(0), plain).exitCode).toBe(2);
  expect(describeFailure(verdict('1'), plain).exitCode).toBe(2);
});

test.each([
  [
    'an Error',
    new TypeError('x is not a function\nsecond line'),
    'x is not a function; DRYDOCK_DEBUG=1 shows where it comes from',
  ],
  ['something else', 'a string', 'a string'],
  ['nothing', undefined, 'undefined'],
])('tells %s that nobody expected on one line', (_, thrown, expected) => {
  expect(describeFailure(thrown, plain)).toEqual({
    text: `drydock: unexpected error: ${expected}`,
    exitCode: 2,
  });
});

test('shows the stack, and that of the cause, when asked', () => {
  const error = new DrydockError('SIM_FABRIC_FAILED', 'could not start', {
    cause: new Error('the root of it'),
  });
  const lines = describeFailure(error, { showsStacks: true }).text ?? '';
  expect(lines).toMatch(/^drydock: could not start\n/);
  expect(lines).toContain('caused by Error: the root of it\n    at ');
});

test.each([
  [0, 0],
  [1, 2],
])('leaves what commander told alone: its code %i becomes %i', (code, exitCode) => {
  expect(describeFailure(new CommanderError(code, 'x', 'x'), plain)).toEqual({ text: undefined, exitCode });
});
