/** A set-up that has to end early takes npm along; two at once take turns. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type Clone, installsAfter, isRunning, makeClone, readLines } from './clone.ts';

const quietly = ['--packages-only', '--quiet'];
const hangs = 'trap "" TERM; echo $$ > npm-pid; sleep 1000 & echo $! >> npm-pid; wait; wait';

async function pidsOfNpm(clone: Clone): Promise<number[]> {
  const file = join(clone.root, 'npm-pid');
  return await vi.waitFor(
    () => {
      const pids = existsSync(file) ? readLines(file).map(Number) : [];
      expect(pids).toHaveLength(2);
      return pids;
    },
    { timeout: 10_000, interval: 20 },
  );
}

const haveEnded = (pids: readonly number[]) =>
  vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 2000, interval: 20 });

function childrenOf(pid = 0): string[] {
  const pids = readLines(`/proc/${pid}/task/${pid}/children`)[0]?.split(' ') ?? [];
  return pids.filter((child) => child !== '').map((child) => readLines(`/proc/${child}/comm`)[0] ?? '');
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('ends npm and its children on %s, and exits with %i', async (signal, expected) => {
  using clone = makeClone();
  clone.setNpm(hangs);
  const { child, ended } = clone.run(quietly);
  const pids = await pidsOfNpm(clone);
  child.kill(signal);
  expect((await ended).exitCode).toBe(expected);
  await haveEnded(pids);
});

test('ends within two seconds, npm and its children with it, after its parent was killed outright', async () => {
  using clone = makeClone();
  clone.setNpm(`echo $PPID > setup-pid\n${hangs}`);
  const { child } = clone.run(quietly, { inShell: true });
  const pids = await pidsOfNpm(clone);
  const [setup = 0] = readLines(join(clone.root, 'setup-pid')).map(Number);
  expect([setup, ...pids].every(isRunning)).toBe(true);
  child.kill('SIGKILL');
  await haveEnded([setup, ...pids]);
});

test('ends when its parent had died before it looked', async () => {
  using clone = makeClone();
  clone.setNpm(hangs);
  const { ended } = clone.run([...quietly, '--parent', '1']);
  const pids = await pidsOfNpm(clone);
  expect((await ended).exitCode).toBe(2);
  await haveEnded(pids);
});

test('waits for another set-up of the same clone, and then finds nothing left to do', async () => {
  using clone = makeClone();
  clone.setNpm(installsAfter('echo begin >> turns; until [ -e go ]; do sleep 0.02; done; echo end >> turns'));
  const first = clone.run(quietly);
  await vi.waitFor(() => expect(existsSync(join(clone.root, 'turns'))).toBe(true), {
    timeout: 10_000,
    interval: 20,
  });
  const second = clone.run(quietly);
  await vi.waitFor(() => expect(childrenOf(second.child.pid)).toContain('flock'), {
    timeout: 10_000,
    interval: 20,
  });
  clone.write('go', '');
  const codes = [(await first.ended).exitCode, (await second.ended).exitCode];
  expect(codes).toEqual([0, 0]);
  expect(readLines(join(clone.root, 'turns'))).toEqual(['begin', 'end']);
});

test('is not kept waiting by a set-up that was killed outright after its npm ended', async () => {
  using clone = makeClone();
  clone.setNpm(hangs);
  const killed = clone.run(quietly);
  const [npm = 0] = await pidsOfNpm(clone);
  killed.child.kill('SIGKILL');
  await killed.ended;
  process.kill(-npm, 'SIGKILL');
  clone.setNpm(installsAfter(''));
  expect((await clone.run(quietly).ended).exitCode).toBe(0);
});

test('does it again after an installation that was cut off while the old one was being replaced', async () => {
  using clone = makeClone();
  await clone.run(quietly).ended;
  rmSync(join(clone.root, 'node_modules/a'), { recursive: true });
  clone.setNpm(`mkdir node_modules/a; ${hangs}`);
  const { child, ended } = clone.run(quietly);
  const pids = await pidsOfNpm(clone);
  child.kill('SIGTERM');
  await ended;
  await haveEnded(pids);
  clone.setNpm(installsAfter(''));
  expect((await clone.run(quietly).ended).exitCode).toBe(0);
  expect(clone.npmCalls()).toHaveLength(3);
});
