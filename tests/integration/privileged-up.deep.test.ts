/** What up.test.ts shows of a user without privileges. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { expectAnswersOnce } from '../support/answers-once.ts';

test('answers, shows a refused packet with its rule, and leaves nothing, for the user of this test', async () => {
  const workingDirectory = mkdtempSync(join(tmpdir(), 'drydock-up-'));
  onTestFinished(() => rmSync(workingDirectory, { recursive: true }));
  await expectAnswersOnce({ workingDirectory });
});
