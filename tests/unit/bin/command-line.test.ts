/** Every sub-command behind its door. What the launcher makes of it stands in drydock.test.ts. */

import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../../bin/command-line.ts';
import { commands } from '../../../bin/commands.ts';

async function run(args: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const ended: unknown = await runCommandLine(args, {
    writeOut: (text) => {
      stdout += text;
    },
    writeErr: (text) => {
      stderr += text;
    },
  }).catch((error: unknown) => error);
  if (!(ended instanceof CommanderError)) throw new TypeError(`${args.join(' ')} did not end in commander`);
  return { code: ended.exitCode, stdout, stderr };
}

const names = commands.map(({ name }) => name);

test.each(names)('opens the door of %s, and its help has an example', async (name) => {
  const { code, stdout, stderr } = await run([name, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Usage: ./drydock ${name} `));
  expect(stdout).toContain(`./drydock ${name}`);
  expect(stdout).toMatch(/example/i);
});

test.each(names)('refuses an unknown option of %s on one line', async (name) => {
  expect(await run([name, '--frobnicate'])).toEqual({
    code: 1,
    stdout: '',
    stderr: "drydock: unknown option '--frobnicate'; see --help\n",
  });
});
