/** What llama.cpp's own programs print, shortened to a measurement each. */

import { expect, test } from 'vitest';
import { parseBatchedBench, parseLlamaBench } from '../../../../bench/inference/llama-cpp-output.ts';

test('reads the speed of llama-bench', () => {
  const output =
    '[\n  {\n "build_number": 1, "n_prompt": 256, "n_gen": 0, "avg_ns": 5, "avg_ts": 708.25, "samples_ts": [ 708.25 ]\n }\n]\n';
  expect(parseLlamaBench(output)).toBe(708.25);
});

test('reads the decoding speed of all streams of llama-batched-bench, among its other lines', () => {
  const line =
    '{"n_kv_max": 2304, "n_threads": 2, "pp": 256, "tg": 32, "pl": 8, "t_pp": 3.1, "speed_pp": 660.0, "t_tg": 1.6, "speed_tg": 154.5, "speed": 490.0}';
  expect(parseBatchedBench(`\n${line}\n\nllama_perf_context_print: load time = 1\n`)).toBe(154.5);
});

test.each([
  ['nothing', () => parseBatchedBench('usage: llama-batched-bench')],
  ['another shape', () => parseBatchedBench('{"pl": 8}')],
  ['no test', () => parseLlamaBench('[]')],
  ['no speed', () => parseLlamaBench('[{"n_prompt": 256, "n_gen": 0, "avg_ts": 0}]')],
])('refuses an output with %s', (_, parse) => {
  expect(parse).toThrow();
});
