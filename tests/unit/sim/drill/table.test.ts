import { expect, test } from 'vitest';
import { drillTable, replayCommand } from '../../../../sim/drill/table.ts';

test('a row is a line under its heads', () => {
  const table = drillTable([
    {
      fault: 'worker-killed',
      requests: 800,
      failed: 0,
      lostTokens: 1,
      repeatedTokens: 2,
      truncated: 3,
      worstStallMs: 412,
      worstFirstTokenMs: 530,
      recoveryMs: null,
      replayMs: 88,
      cutMidStream: 6,
      retriedByClient: 0,
    },
  ]);
  expect(table.split('\n').map((line) => line.split(/ {2,}/))).toStrictEqual([
    [
      'fault',
      'requests',
      'failed',
      'lost',
      'repeated',
      'truncated',
      'worst stall',
      'worst first token',
      'recovery',
      'replay',
      'cut mid-stream',
      'retried by client',
    ],
    ['worker-killed', '800', '0', '1', '2', '3', '412 ms', '530 ms', 'never', '88 ms', '6', '0'],
    [''],
  ]);
});

test('the command that replays a row says everything that it depends on', () => {
  const asked = { fault: 'zone-cut', seed: 7, requests: 40, clients: 8, model: "it's.gguf" };
  expect(replayCommand(asked)).toBe(
    "./drydock drill --fault zone-cut --seed 7 --requests 40 --clients 8 --model 'it'\\''s.gguf'",
  );
  expect(replayCommand({ ...asked, lostReplies: 3 })).toMatch(/ --lost-replies 3$/);
});
