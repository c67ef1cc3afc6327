/** The launcher and the command, run as a person does: from any folder, through a link, with good and bad words. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../../bin/commands.ts';

const launcher = fileURLToPath(new URL('../../../drydock', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

function run(args: readonly string[], { program = launcher, cwd = tmpdir() } = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('prints its version, from another folder and through a link, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-link-'));
  symlinkSync(launcher, join(folder, 'linked'));
  const result = run(['--version'], { program: join(folder, 'linked'), cwd: folder });
  rmSync(folder, { recursive: true });
  expect(result).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([[[]], [['--help']], [['help']]])('lists every sub-command with an example: %j', (args) => {
  const { status, stdout, stderr } = run(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const { name, summary, example } of commands) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    expect(stdout).toContain(`\n  ${example}\n`);
  }
  expect(stdout).toContain('Exit codes: 0 it holds, 1 it does not hold, 2 it could not be judged.');
});

test('opens the door of a sub-command', () => {
  const { status, stdout, stderr } = run(['verify', '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: .\/drydock verify /);
});

test.each([
  [['verify', '--frobnicate'], "drydock: unknown option '--frobnicate'; see --help\n"],
  [['frobnicate'], "drydock: unknown command 'frobnicate'; see --help\n"],
  [['--frobnicate'], "drydock: unknown option '--frobnicate'; see --help\n"],
  [['help', 'frobnicate'], "drydock: unknown command 'frobnicate'; see --help\n"],
  [
    ['drill', '--fault', 'frobnicate'],
    'drydock: could not drill frobnicate: there is no fault of that name; there are worker-killed, gateway-killed, worker-frozen, engine-killed, engine-frozen, zone-cut, one-direction-cut, gateway-engine-cut, swizzled-links, rolling-restart\n',
  ],
])('refuses %j on one line with exit code 2', (args, stderr) => {
  expect(run(args)).toEqual({ status: 2, stdout: '', stderr });
});
