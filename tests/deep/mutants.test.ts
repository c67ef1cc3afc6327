/** Every planted defect is caught, by the test that its row names; and the run leaves nothing behind, also when it is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MUTANTS } from '../mutants/mutants.ts';

const program = fileURLToPath(new URL('../mutants/main.ts', import.meta.url));

function start(options: readonly string[]) {
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk;
  });
  return { child, texts, ended: once(child, 'close').then(([code]) => code) };
}

function leftBehind(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('drydock-mutants-'));
}

test('all planted defects are caught', async () => {
  const before = leftBehind();
  const { texts, ended } = start(['--json']);
  const code = await ended;
  expect({ code, out: texts.out.slice(0, 1), err: code === 0 ? '' : texts.err }).toStrictEqual({
    code: 0,
    out: '{',
    err: '',
  });
  const { total, killed, survivors, rows, notJudged } = JSON.parse(texts.out);
  const uncaught = rows.filter(({ killedBy }: { killedBy: string | null }) => killedBy === null);
  expect({ uncaught, notJudged }).toStrictEqual({ uncaught: [], notJudged: [] });
  expect({ total, killed, survivors }).toStrictEqual({
    total: MUTANTS.length,
    killed: MUTANTS.length,
    survivors: 0,
  });
  expect(leftBehind()).toStrictEqual(before);
}, 600_000);

test('a run that is stopped ends at once and leaves no folder', async () => {
  const before = leftBehind();
  const { child, texts, ended } = start([
    '--only',
    MUTANTS.slice(0, 4)
      .map(({ id }) => id)
      .join(),
  ]);
  await expect.poll(() => leftBehind().length, { timeout: 20_000 }).toBeGreaterThan(before.length);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(texts.err).toContain('stopped by SIGINT');
  expect(leftBehind()).toStrictEqual(before);
}, 60_000);

test('a name that no defect has is refused, and nothing is run', async () => {
  const { texts, ended } = start(['--only', 'no-such-defect']);
  expect(await ended).toBe(2);
  expect(texts).toStrictEqual({
    out: '',
    err: 'could not choose no-such-defect: no mutant is called so; see tests/mutants\n',
  });
}, 60_000);
