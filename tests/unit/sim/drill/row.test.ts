import { describe, expect, test } from 'vitest';
import { judgeRow, type RowEvidence } from '../../../../sim/drill/row.ts';
import { referenceOf, transcriptOf } from './drilled.ts';

const answer = 'the quick brown fox';

function evidence(changed: Partial<RowEvidence> = {}): RowEvidence {
  return {
    fault: 'worker-killed',
    requests: 2,
    transcripts: [transcriptOf(answer), transcriptOf(answer, { request: 1 })],
    referenceOf: () => referenceOf(answer),
    struckMs: 100,
    recoveriesMs: [40, 60.4],
    cutMidStream: 6,
    incidents: [],
    limits: { worstStallMs: 1_000, recoveryMs: 5_000, isReplayAllowed: false },
    ...changed,
  };
}

test('a row without a defect has no problem', () => {
  expect(judgeRow(evidence())).toStrictEqual({
    row: {
      fault: 'worker-killed',
      requests: 2,
      failed: 0,
      lostTokens: 0,
      repeatedTokens: 0,
      truncated: 0,
      worstStallMs: 10,
      worstFirstTokenMs: 50,
      recoveryMs: 60,
      replayMs: 0,
      cutMidStream: 6,
      retriedByClient: 0,
    },
    problems: [],
  });
});

test('a request that is whole at its retry has not failed', () => {
  const first = transcriptOf('the qu', { end: 'broken' });
  const retry = transcriptOf(answer, { attempt: 1, gateway: 'gateway-1' });
  const { row, problems } = judgeRow(evidence({ requests: 1, transcripts: [first, retry] }));
  expect({ row, problems }).toMatchObject({ row: { failed: 0, retriedByClient: 1 }, problems: [] });
});

const limits = { worstStallMs: 5, recoveryMs: 50, isReplayAllowed: false };

test('what an answer took before the strike may come on top of a stall where a replay is allowed', () => {
  const late = transcriptOf(answer, { request: 1, startedMs: 290, endedMs: 1_000 });
  const seen = { transcripts: [transcriptOf(answer, { endedMs: 291 }), late], struckMs: 291 };
  const stalled = (isReplayAllowed: boolean) =>
    judgeRow(evidence({ ...seen, limits: { worstStallMs: 480, recoveryMs: 500, isReplayAllowed } }));
  expect(stalled(true)).toMatchObject({ row: { replayMs: 241, worstStallMs: 720 }, problems: [] });
  expect(stalled(false).problems).toStrictEqual(['a stream was silent for 720 ms, longer than 480 ms']);
});

describe('tells of', () => {
  test.each<[string, Partial<RowEvidence>, string]>([
    [
      'a request that failed twice',
      {
        transcripts: [
          transcriptOf(answer),
          ...[0, 1].map((attempt) => transcriptOf('the', { request: 1, attempt, end: 'broken' })),
        ],
      },
      '1 of 2 requests failed: 2 × the connection broke',
    ],
    ['a request that nobody asked', { requests: 3 }, '1 of 3 requests failed: '],
    [
      'a truncated success',
      { transcripts: [transcriptOf('the'), transcriptOf(answer, { request: 1 })] },
      '1 answers were short and looked whole',
    ],
    [
      'a lost token of an attempt that was repeated',
      {
        requests: 1,
        transcripts: [transcriptOf('th quick', { end: 'broken' }), transcriptOf(answer, { attempt: 1 })],
      },
      '1 tokens were lost',
    ],
    ['no recovery', { recoveriesMs: [40, undefined] }, 'it was never as fast again as before'],
    ['a slow recovery', { limits }, 'it took 60 ms to recover, longer than 50 ms'],
    ['a stall', { limits }, 'a stream was silent for 10 ms, longer than 5 ms'],
    ['a void row', { cutMidStream: 3 }, 'void: 3 streams were in the middle of their answer, fewer than 4'],
    ['a program that ended by itself', { incidents: ['worker-1 ended'] }, 'worker-1 ended'],
  ])('%s', (_, changed, problem) => {
    expect(judgeRow(evidence(changed)).problems).toContainEqual(problem);
  });
});
