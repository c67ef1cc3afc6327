/** What counts as caught: an expectation that did not hold, in the test that was named, by the witness that was named. */
import { expect, test } from 'vitest';
import { judgeRun, namesFor } from '../../../mutants/judge-run.ts';
import { type Mutant, WITNESS_FILES } from '../../../mutants/mutant.ts';
import type { RanTest, RanTests } from '../../../mutants/ran-tests.ts';
import { exitCodeOf, reportJson, reportText } from '../../../mutants/report.ts';

const file = 'sum.test.ts';
const mutant: Mutant = {
  id: 'sum-of-nothing',
  part: 'prover',
  breaks: 'A sum counts both.',
  file: 'sum.ts',
  find: 'one + other',
  replace: 'one',
  caughtBy: { file, test: 'counts both' },
};
const onPackets: Mutant = { ...mutant, caughtBy: { witness: 'nat-gateway', on: 'packets' } };
const onProof: Mutant = { ...mutant, caughtBy: { witness: 'nat-gateway', on: 'proof' } };

function ran(state: RanTest['state'], error?: RanTest['error'], name = 'a sum > counts both'): RanTests {
  return { tests: [{ file, name, state, ...(error && { error }) }], broken: [] };
}

const wrong = { name: 'AssertionError', message: 'expected 1\nto be 2' };

test('an expectation that does not hold kills, with the test that saw it', () => {
  expect(judgeRun(mutant, ran('failed', wrong))).toStrictEqual({
    kind: 'killed',
    killedBy: 'sum.test.ts > a sum > counts both',
    because: 'expected 1 to be 2',
  });
});

test.each<[string, RanTests, string]>([
  [
    'an error that is thrown',
    ran('failed', { name: 'TypeError', message: 'no' }),
    '"a sum > counts both" failed with TypeError: no',
  ],
  [
    'a snapshot that differs',
    ran('failed', { name: 'Error', message: 'Snapshot `a` mismatched' }),
    '"a sum > counts both" failed with Error: Snapshot `a` mismatched',
  ],
  ['a file that does not load', { tests: [], broken: ['Cannot find x'] }, 'it broke the run: Cannot find x'],
  ['a run of no test', ran('skipped'), 'no test ran'],
])('%s judges nothing', (_what, result, reason) => {
  expect(judgeRun(mutant, result)).toStrictEqual({ kind: 'not-judged', reason });
});

test('a run that is green lets it survive', () => {
  expect(judgeRun(mutant, ran('passed'))).toStrictEqual({ kind: 'survived' });
});

const together = 'packets > from gateway-endpoint to nat-gateway';
const printed = (broken: string, own: string) => `[
  {
    "broken": ${broken},
    "id": "hairpin",
  },
  {
    "broken": ${own},
    "id": "nat-gateway",
  },
]`;

test('of several witnesses together the named one must see it', () => {
  const expected = printed('[]', '[]');
  const seen = (actual: string) =>
    judgeRun(onPackets, ran('failed', { ...wrong, actual, expected }, together));
  expect(seen(printed('[]', '[\n      "a | row",\n    ]'))).toMatchObject({
    kind: 'killed',
    killedBy: `sum.test.ts > ${together} (nat-gateway)`,
    because: 'a | row',
  });
  expect(seen(printed('["a row"]', '[]'))).toStrictEqual({
    kind: 'not-judged',
    reason: `"${together}" failed, but not by nat-gateway`,
  });
});

test('a witness means its own test, alone or among several, in the file that it is held against', () => {
  const all = [
    [WITNESS_FILES.proof, 'judge and proof > nat-gateway'],
    [WITNESS_FILES.proof, 'judge and proof > nat-gateway-zones'],
    [WITNESS_FILES.packets, together],
    [WITNESS_FILES.packets, 'packets > from network-acl-udp to peering'],
    [file, 'a sum > counts both'],
    [file, 'a sum > starts with nothing'],
  ].map(([of = '', name = '']): RanTest => ({ file: of, name, state: 'passed' }));
  expect(namesFor(onProof, all)).toStrictEqual(['judge and proof > nat-gateway']);
  expect(namesFor(onPackets, all)).toStrictEqual([together]);
  expect(namesFor(mutant, all)).toStrictEqual(['a sum > counts both']);
});

test('a report counts every defect once; a survivor goes before what is not judged', () => {
  const row = (outcome: ReturnType<typeof judgeRun>) => ({ mutant, outcome, ms: 12 });
  const killed = row(judgeRun(mutant, ran('failed', wrong)));
  const survived = row({ kind: 'survived' });
  const open = row({ kind: 'not-judged', reason: 'no test ran' });
  expect([[killed], [killed, open], [killed, open, survived]].map(exitCodeOf)).toStrictEqual([0, 2, 1]);
  expect(JSON.parse(reportJson([killed, survived, open]))).toMatchObject({
    total: 3,
    killed: 1,
    survivors: 1,
    rows: [
      { id: mutant.id, part: 'prover', killedBy: 'sum.test.ts > a sum > counts both' },
      { killedBy: null },
      { killedBy: null },
    ],
    notJudged: [{ id: mutant.id, reason: 'no test ran' }],
  });
  expect(reportText([killed, survived, open], { ms: 2400 }).split('\n')).toStrictEqual([
    'sum-of-nothing  prover       12 ms  sum.test.ts > a sum > counts both',
    'sum-of-nothing  prover       12 ms  SURVIVED',
    'sum-of-nothing  prover       12 ms  NOT JUDGED: no test ran',
    '3 planted, 1 killed, 1 survived, 1 not judged, in 2 s',
    '',
  ]);
});
