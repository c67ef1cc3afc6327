/** The error shape stands in three places, which may not import each other. Here they are held together, and their codes apart. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DrydockError as InfraError } from '../../infra/errors.ts';
import { isDrydockError as isSimError, DrydockError as SimError } from '../../sim/errors.ts';
import { isDrydockError as isServiceError, DrydockError as ServiceError } from '../../src/rpc/errors.ts';

const prefixes = {
  'src/rpc': 'RPC',
  'src/gateway': 'GATEWAY',
  'src/worker': 'WORKER',
  sim: 'SIM',
  infra: 'INFRA',
};
const textOf = (folder: string) =>
  readFileSync(new URL(`../../${folder}/errors.ts`, import.meta.url), 'utf8');

test.each([
  ['the service', ServiceError],
  ['the simulator', SimError],
  ['the synthesis', InfraError<string>],
])('has the same shape in %s', (_, Constructor) => {
  const cause = new Error('the cause');
  const error = new Constructor('SOME_CODE', 'could not do it: because; try this', {
    cause,
    details: { count: 1 },
  });
  expect(error).toBeInstanceOf(Error);
  expect({ ...error, message: error.message, cause: error.cause }).toEqual({
    name: 'DrydockError',
    code: 'SOME_CODE',
    message: 'could not do it: because; try this',
    details: { count: 1 },
    cause,
  });
  const bare = new Constructor('SOME_CODE', 'text');
  expect(bare.details).toEqual({});
  expect('cause' in bare).toBe(false);
  expect([isServiceError(error), isSimError(error)]).toEqual([true, true]);
  expect([isServiceError(cause), isSimError(cause)]).toEqual([false, false]);
});

test('is the same text in the service and in the simulator', () => {
  const shape = (folder: string) =>
    textOf(folder).slice(textOf(folder).indexOf('export interface DrydockErrorOptions'));
  expect(shape('sim')).toBe(shape('src/rpc'));
});

test.each(Object.entries(prefixes))('has codes in %s that begin with %s_, each once', (folder, prefix) => {
  const codes = textOf(folder).match(/'[A-Z][A-Z_]+'/g) ?? [];
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code) => !code.startsWith(`'${prefix}_`))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
});
