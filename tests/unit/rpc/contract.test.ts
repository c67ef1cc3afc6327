import { expect, test } from 'vitest';
import { parseEngines } from '../../../src/rpc/contract/engines.ts';
import {
  errorSchema,
  generateFrameSchema,
  generateRequestSchema,
} from '../../../src/rpc/contract/generate.ts';
import { functionIds, workerInfoSchema } from '../../../src/rpc/contract/worker.ts';
import { DrydockError } from '../../../src/rpc/errors.ts';
import { fromWireError, toWireError } from '../../../src/rpc/transport/wire-error.ts';
import { requestFor } from './transport/cluster.ts';

const zoneA = { availabilityZone: 'eu-west-1a', host: '10.0.10.10', port: 49136 };

test.each([
  ['eu-west-1a=10.0.10.10', [zoneA]],
  ['eu-west-1a=10.0.10.10:1234', [{ ...zoneA, port: 1234 }]],
  [
    ' eu-west-1a=10.0.10.10 , eu-west-1b=engine-b.internal, ',
    [zoneA, { availabilityZone: 'eu-west-1b', host: 'engine-b.internal', port: 49136 }],
  ],
])('reads the engines "%s"', (text, expected) => {
  expect(parseEngines(text, 49136)).toEqual(expected);
});

test.each([
  ['', 'names no engine'],
  [' , ', 'names no engine'],
  ['10.0.10.10', '"10.0.10.10" is not'],
  ['eu-west-1a=10.0.10.10:0', 'is not'],
  ['eu-west-1a=10.0.10.10:65536', 'is not'],
  ['eu-west-1a=ws://10.0.10.10', 'is not'],
  ['eu-west-1a=10.0.10.10,eu-west-1b', '"eu-west-1b" is not'],
])('refuses the engines "%s"', (text, reason) => {
  expect(() => parseEngines(text, 49136)).toThrow(
    expect.objectContaining({ code: 'RPC_CONFIG_INVALID', message: expect.stringContaining(reason) }),
  );
});

test('a request and a frame lose what iii adds to them, and nothing else', () => {
  const request = requestFor();
  expect(generateRequestSchema.parse({ ...request, _caller_worker_id: 'x' })).toEqual(request);
  const frame = { seq: 0, ids: [1], text: 'a' };
  expect(generateFrameSchema.parse({ ...frame, _caller_worker_id: 'x' })).toEqual(frame);
});

test('a request names functions beside messages alone, and a frame carries parts of calls', () => {
  const functions = [{ name: 'f', parameters: '{}', isStrict: false }];
  const tools = { functions, isRequired: false, isParallel: true };
  expect(generateRequestSchema.parse(requestFor({ tools }))).toMatchObject({ tools });
  const prompt = { ...requestFor({ messages: [], prompt: 'x' }), tools };
  expect(generateRequestSchema.safeParse(prompt).error?.issues[0]?.path).toEqual(['tools']);
  const frame = { seq: 0, ids: [1], text: '', calls: [{ index: 0, name: 'f', arguments: '{' }] };
  expect(generateFrameSchema.parse(frame)).toEqual(frame);
});

test('an error of a worker says which field of the request is at fault, and tells no other detail', () => {
  const error = new DrydockError('RPC_REQUEST_INVALID', 'could not', {
    details: { param: 'tools[1]', place: 'x' },
  });
  const wire = toWireError(error);
  expect(wire).toEqual({ code: 'RPC_REQUEST_INVALID', message: 'could not', param: 'tools[1]' });
  expect(fromWireError(errorSchema.parse(wire))).toMatchObject({ details: { param: 'tools[1]' } });
});

test.each([
  ['worker-0', true],
  ['i-0abc123', true],
  ['-x', false],
  ['a::b', false],
  ['A', false],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
])('a worker may be called "%s": %s', (workerId, isAllowed) => {
  const info = {
    kind: 'infer',
    workerId,
    availabilityZone: 'z',
    models: [{ name: 'm', contextTokensMax: 1 }],
    slots: 1,
  };
  expect(workerInfoSchema.safeParse(info).success).toBe(isAllowed);
});

test('the function ids of a worker all begin with it', () => {
  for (const [name, id] of Object.entries(functionIds('worker-0')))
    expect(id).toBe(`infer::worker-0::${name}`);
});
