import { expect, test } from 'vitest';
import { benchTable, replayBench } from '../../../../sim/drill/failover-bench/bench-table.ts';

test('a row is a line, with its reason where there is one', () => {
  expect(
    benchTable([
      { id: 'S05', verdict: 'pass', behind: 'worker' },
      { id: 'S08', verdict: 'safe', behind: 'upstream', reason: 'lost' },
    ]),
  ).toBe('worker    S05  pass\nupstream  S08  safe     lost\n');
});

test('the command that runs the bench again says everything that it depends on', () => {
  const asked = { profile: 'fast', seed: 7, model: 'tiny' } as const;
  expect(replayBench(asked)).toBe("./drydock drill --failover-bench --profile fast --seed 7 --model 'tiny'");
  expect(replayBench({ ...asked, behind: 'upstream', only: ['S08', 'S09'] })).toMatch(
    / --behind upstream --only 'S08,S09'$/,
  );
});
