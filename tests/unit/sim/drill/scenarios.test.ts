import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runFailoverBench } from '../../../../sim/drill/failover-bench/failover-bench.ts';
import {
  planScenarios,
  profiles,
  refusalId,
  workerIds,
} from '../../../../sim/drill/failover-bench/scenarios.ts';
import { planUpstreamScenarios } from '../../../../sim/drill/failover-bench/upstream-scenarios.ts';
import { isDisturbing } from '../../../../sim/drill/strike.ts';
import { randomFrom } from '../../../../sim/generate/index.ts';
import { topology } from './drilled.ts';

const page = readFileSync(new URL('../../../../docs/failover-bench.md', import.meta.url), 'utf8');

/** Ids of the tables under a heading. */
function defined(heading: string): readonly (string | undefined)[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (S\d\d) \|/gm)].map(([, id]) => id);
}

test.each(profiles)('the %s profile has every scenario that its page defines, and no other', (profile) => {
  const scenarios = planScenarios({ topology, random: randomFrom(1), profile });
  const ids = [...defined('S01 to S16 behind our workers'), ...defined('S17 to S24: the network')];
  expect([...scenarios.map(({ id }) => id), refusalId].toSorted()).toStrictEqual(ids);
  expect(workerIds).toStrictEqual(ids);
  expect(ids.slice(-8)).toStrictEqual(Array.from({ length: 8 }, (_, index) => `S${17 + index}`));
  expect(planUpstreamScenarios(profile).map(({ id }) => id)).toStrictEqual(
    defined('S01 to S16 behind servers'),
  );
  expect(planUpstreamScenarios(profile)).toHaveLength(16);
});

test('each heals what it breaks, and shorter in the fast profile', () => {
  const plan = (profile: 'fast' | 'full') => planScenarios({ topology, random: randomFrom(5), profile });
  const held = (profile: 'fast' | 'full') =>
    plan(profile).reduce((sum, { steps }) => sum + steps.reduce((ms, step) => ms + step.holdMs, 0), 0);
  for (const { steps } of plan('full')) {
    const broken = steps.filter(({ action }) => isDisturbing(action)).map(({ action }) => action.target);
    const healed = steps.filter(({ action }) => !isDisturbing(action)).map(({ action }) => action.target);
    expect(healed).toStrictEqual(broken);
  }
  expect(held('fast')).toBeLessThan(held('full') / 2);
});

test('a scenario that there is not is refused before anything starts', async () => {
  const asked = {
    profile: 'fast',
    seed: 1,
    model: 'tiny',
    folder: '/',
    onProgress: () => undefined,
  } as const;
  const { signal } = new AbortController();
  for (const chosen of [{ only: ['S08', 'S25'] }, { behind: 'worker', only: ['S03'] }] as const)
    await expect(runFailoverBench({ ...asked, ...chosen, signal })).rejects.toMatchObject({
      code: 'SIM_INPUT_INVALID',
    });
});
