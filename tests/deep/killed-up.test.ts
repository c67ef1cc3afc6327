import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { familyOf, launch, survivors } from '../support/launched.ts';
import { expectNothingLeft } from '../support/nothing-left.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tinyUp = ['up', '--model', 'tiny', '--json'];

// Moments by what has happened, not by the clock: a slow machine meets the same ones.
const moments = [
  { when: 'at once', after: undefined, thenMs: 0 },
  { when: 'while it sets up', after: undefined, thenMs: 60 },
  { when: 'while it loads', after: undefined, thenMs: 150 },
  { when: 'while the model is prepared', after: undefined, thenMs: 300 },
  { when: 'when the model is ready', after: /"event":"model"/, thenMs: 0 },
  { when: 'while the network comes up', after: /"event":"model"/, thenMs: 120 },
  { when: 'when the network stands', after: /Network/, thenMs: 0 },
  { when: 'while the programs start', after: /Network/, thenMs: 300 },
  { when: 'during the answer', after: /"event":"text"/, thenMs: 0 },
  { when: 'when it is up', after: /"event":"up"/, thenMs: 0 },
];

// An ordinary user has no privilege to give up: one run of the moments is all there is then.
const users = process.getuid?.() === 0 ? ['root', 'unprivileged'] : ['ordinary'];

test(`leaves no process and no namespace 2 s after kill -9 at any of ten moments, for each of: ${users.join(', ')}`, async () => {
  await Promise.all(
    users.map(async (user) => {
      const workingDirectory = join(folder, user);
      mkdirSync(workingDirectory);
      for (const { when, after, thenMs } of moments) {
        const run = launch(tinyUp, { workingDirectory, isUnprivileged: user === 'unprivileged' });
        if (after) await run.line(after);
        await delay(thenMs);
        const family = familyOf(run.child.pid);
        // The check sees what it must later miss.
        expect({ user, when, standing: survivors(family).length }).not.toStrictEqual({
          user,
          when,
          standing: 0,
        });
        if (when === 'when it is up') expect(family.length).toBeGreaterThan(10);
        run.child.kill('SIGKILL');
        expect({ user, when, ...(await run.exit) }).toStrictEqual({
          user,
          when,
          code: null,
          signal: 'SIGKILL',
        });
        await expectNothingLeft(workingDirectory, family);
      }
    }),
  );
}, 90_000);
