import { expect, test } from 'vitest';
import { readSamples } from '../../../../src/worker/upstream/metrics-text.ts';
import { readLoad, readSlots } from '../../../../src/worker/upstream/upstream-load.ts';
import { llamaMetrics, vllmMetrics } from './recorded.ts';

test('sums the samples of a name over its labels, and takes no longer name for it', () => {
  expect(readLoad(vllmMetrics, 'vllm')).toEqual({ running: 5, waiting: 1, cacheShare: 0.25 });
  expect(readLoad(llamaMetrics, 'llama-server')).toEqual({ running: 2, waiting: 1 });
});

test('knows the older name of the share of the cache', () => {
  const old = 'vllm:num_requests_running 1\nvllm:gpu_cache_usage_perc{model_name="g"} 0.5\n';
  expect(readLoad(old, 'vllm')).toEqual({ running: 1, waiting: 0, cacheShare: 0.5 });
});

test.each([
  ['another dialect', llamaMetrics, 'vllm'],
  ['a dialect without metrics', llamaMetrics, 'openai'],
  ['no page', '', 'vllm'],
  ['a value that is no number', 'vllm:num_requests_running NaN', 'vllm'],
] as const)('says nothing from %s', (_, page, dialect) => {
  expect(readLoad(page, dialect)).toBeUndefined();
});

test('takes timestamps, signs, exponents and tabs', () => {
  const page = 'a{x="}"}\t1e3 1700000000\na -2\n# a 5\nb +Inf\na';
  expect([...readSamples(page, new Set(['a', 'b']))]).toEqual([['a', 998]]);
});

test('counts the slots of llama-server', () => {
  expect(readSlots('[{"id":0,"is_processing":true},{"id":1,"is_processing":false}]')).toEqual({
    running: 1,
    waiting: 0,
  });
  expect(readSlots('[]')).toBeUndefined();
  expect(readSlots('secret')).toBeUndefined();
});
