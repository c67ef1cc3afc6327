import { expect, test } from 'vitest';
import { describeError } from '../../../src/rpc/contract/describe-error.ts';
import { DrydockError } from '../../../src/rpc/errors.ts';

const secret = 'could not read\n    at the end of my secret prompt (secret:1:2)\nsecret';

test('an expected failure is described by its code and its message', () => {
  expect(describeError(new DrydockError('RPC_NO_WORKER', 'could not go on'))).toEqual({
    code: 'RPC_NO_WORKER',
    reason: 'could not go on',
  });
});

test.each<[string, unknown, string]>([
  ['a message with lines like frames', new RangeError(secret), 'RangeError'],
  ['such a message and a cause', new TypeError(secret, { cause: new Error(secret) }), 'TypeError'],
  ['several errors', new AggregateError([new Error(secret)], secret), 'AggregateError'],
  ['no message', new Error(), 'Error'],
])('an unexpected one with %s is described by its name and place alone', (_what, error, reason) => {
  const described = describeError(error);
  expect(described).toEqual({
    code: 'UNEXPECTED',
    reason,
    stack: expect.arrayContaining([expect.stringMatching(/^at .*describe-error\.test\.ts:\d+:\d+/)]),
  });
  expect(JSON.stringify(described)).not.toContain('secret');
});

test('without a stack that begins with the message no line of it is given', () => {
  const changed = new Error(secret);
  // The stack is written when it is first read.
  expect(changed.stack).toContain(secret);
  changed.message = 'another';
  const named = Object.assign(new Error(secret), { name: secret });
  named.stack = `${secret}: ${secret}\n    at somewhere (file.ts:1:2)`;
  const preceded = new Error(secret);
  preceded.stack = `    at my secret (secret:1:2)\n${preceded.stack}`;
  const bare = new Error(secret);
  delete bare.stack;
  for (const error of [changed, named, preceded, bare]) {
    expect(describeError(error)).toEqual({ code: 'UNEXPECTED', reason: 'Error', stack: [] });
  }
});

test('gives ten frames at most', () => {
  const error = new Error('deep');
  error.stack = `Error: deep${'\n    at somewhere (file.ts:1:2)'.repeat(50)}`;
  expect(describeError(error).stack).toHaveLength(10);
});

test.each([
  ['ECONNREFUSED', { foreignCode: 'ECONNREFUSED' }],
  ['a secret code', {}],
  [7, {}],
])('gives the code %s of a foreign error where it is a word', (code, expected) => {
  const { stack: _, ...described } = describeError(Object.assign(new Error(secret), { code }));
  expect(described).toEqual({ code: 'UNEXPECTED', reason: 'Error', ...expected });
});

test.each([
  ['secret', 'string'],
  [undefined, 'undefined'],
  [{ message: 'secret' }, 'object'],
])('of what is no error, %j, it gives the type', (thrown, reason) => {
  expect(describeError(thrown)).toEqual({ code: 'UNEXPECTED', reason });
});
