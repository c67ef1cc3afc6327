/** The cheapest scenarios of the Failover Bench: servers behind our workers fail, and whoever asked is no worse off for it. */
import { expect, test } from 'vitest';
import { runBench } from '../support/benched.ts';

test('an answer comes whole though the server that gives it fails, and what cannot be answered is asked for once', async () => {
  const only = ['S03', 'S05', 'S08', 'S10', 'S12', 'S14', 'S16'];
  expect(await runBench({ profile: 'fast', behind: 'upstream', only })).toStrictEqual(only);
}, 60_000);
