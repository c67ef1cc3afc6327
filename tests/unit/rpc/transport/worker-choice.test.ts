import { expect, test } from 'vitest';
import type { WorkerInfo } from '../../../../src/rpc/contract/worker.ts';
import { type ChoiceFacts, chooseRoute } from '../../../../src/rpc/transport/worker-choice.ts';
import { parseWorkerList } from '../../../../src/rpc/transport/worker-list.ts';

function worker(workerId: string, slots = 1, models = ['gemma']): WorkerInfo {
  return {
    kind: 'infer',
    workerId,
    availabilityZone: 'z',
    models: models.map((name) => ({ name, contextTokensMax: 1 })),
    slots,
  };
}

const [a, b, large, other] = [worker('a'), worker('b'), worker('large', 4), worker('other', 9, ['llama'])];
const everywhere = [a, b, large, other].flatMap((each) =>
  ['one', 'two'].map((link) => ({ worker: each, link })),
);

function facts(overrides: Partial<ChoiceFacts<string>> = {}): ChoiceFacts<string> {
  return {
    model: 'gemma',
    inflight: () => 0,
    isSuspect: () => false,
    isExcluded: () => false,
    isTried: () => false,
    turn: 0,
    ...overrides,
  };
}

const busy = (loads: Readonly<Record<string, number>>) => (id: string) => loads[id] ?? 0;

test.each<[string, string | undefined, Partial<ChoiceFacts<string>>]>([
  ['the least in flight', 'b/one', { inflight: busy({ a: 1, large: 1 }) }],
  ['the least in flight for its slots', 'large/one', { inflight: busy({ a: 1, b: 1, large: 3 }) }],
  ['one that has the model', 'other/one', { model: 'llama' }],
  ['nobody where none has the model', undefined, { model: 'qwen' }],
  [
    'one not excluded, though busier',
    'a/one',
    { inflight: busy({ a: 9 }), isExcluded: ({ worker: w }) => w !== a },
  ],
  ['nobody where all are excluded', undefined, { isExcluded: () => true }],
  ['one not tried, though busier', 'b/one', { inflight: busy({ b: 9 }), isTried: (id) => id !== 'b' }],
  ['one tried where all were', 'a/one', { isTried: () => true }],
  ['a link not suspect', 'a/two', { isSuspect: (link) => link === 'one' }],
  ['a suspect link before a worker tried', 'b/one', { isTried: (id) => id !== 'b', isSuspect: () => true }],
])('takes %s', (_what, expected, overrides) => {
  const route = chooseRoute(everywhere, facts(overrides));
  expect(route && `${route.worker.workerId}/${route.link}`).toBe(expected);
});

test('equals take turns', () => {
  const taken = Array.from({ length: 6 }, (_, turn) => chooseRoute(everywhere, facts({ turn })));
  const names = taken.map((route) => `${route?.worker.workerId}/${route?.link}`);
  expect(names).toEqual(['a/one', 'a/two', 'b/one', 'b/two', 'large/one', 'large/two']);
});

test('reads workers from functions that describe themselves, and leaves the rest out', () => {
  const functions = [
    { function_id: 'infer::a::generate', worker_name: 'a', metadata: { ...a, extra: 1 } },
    { function_id: 'infer::a::cancel', worker_name: 'a' },
    { function_id: 'infer::b::generate', worker_name: 'b', metadata: a },
    { function_id: 'infer::c::generate', worker_name: 'c', metadata: { ...worker('c'), slots: 0 } },
    { function_id: 'infer::d::generate', worker_name: 'd', metadata: 'text' },
  ];
  expect(parseWorkerList({ functions })).toEqual([a]);
  expect([parseWorkerList(undefined), parseWorkerList({}), parseWorkerList({ functions: [{}] })]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
