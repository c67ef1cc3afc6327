/** `./drydock eval`: twice run as a program; what its options refuse is asked of the door. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addEvalCommand } from '../../../../src/worker/evaluation/cli.ts';
import { fixtureFile, named, references } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const program = fileURLToPath(new URL('../../../../bin/drydock.ts', import.meta.url));
const { ids, argmax } = named(references.sequences, 's8');

/** @returns exit code, standard output, and standard error. */
async function run(model: string, { content, words = [] }: { content: unknown; words?: readonly string[] }) {
  const cache = scratchDir();
  const file = join(cache, 'ids.json');
  writeFileSync(file, JSON.stringify(content));
  const child = spawn(process.execPath, [program, 'eval', '--model', model, '--ids', file, ...words], {
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: cache },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = [text(child.stdout), text(child.stderr), once(child, 'close')] as const;
  const [stdout, stderr, [status]] = await Promise.all(told);
  return { status, stdout, stderr };
}

test('answers in JSON alone, whatever it has to say besides', async () => {
  const { status, stdout, stderr } = await run('tiny', { content: { ids }, words: ['--json'] });
  expect(status).toBe(0);
  expect(stderr).toContain('tiny is under the Apache License 2.0');
  const { rows, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ ids, meanNll: expect.any(Number) });
  expect(rows.map((row: { argmax: number }) => row.argmax)).toEqual(argmax);
  expect(rows[0]).toEqual({
    nll: expect.any(Number),
    argmax: argmax[0],
    top: Array.from({ length: 5 }, () => ({ id: expect.any(Number), logprob: expect.any(Number) })),
  });
  expect(rows.at(-1).nll).toBeNull();
});

test('refuses ids that the model does not have on one line, with exit code 2', async () => {
  const { status, stdout, stderr } = await run(fixtureFile('model.gguf'), { content: [2, 512] });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    /^drydock: could not read token ids from \S+: number 2 is 512, and the model's last token is 511; [^\n]+\n$/,
  );
});

const complete = ['--model', 'tiny', '--ids', 'ids.json'];

test.each([
  ['no threads', [...complete, '--threads', '0'], /whole number from 1 to 1024/],
  ['more threads than any machine has', [...complete, '--threads', '1025'], /whole number from 1 to 1024/],
  ['half a thread', [...complete, '--threads', '1.5'], /whole number from 1 to 1024/],
  ['a runner that there is not', [...complete, '--runner', 'fast'], /native, portable/],
  ['a scheme that there is not', [...complete, '--weights', '3-bit'], /auto, lossless, 8-bit, 4-bit, float/],
  ['a call without ids', complete.slice(0, 2), /--ids <file>/],
  ['a call without a model', complete.slice(2), /--model <model>/],
])('refuses %s', async (_, words, reason) => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addEvalCommand(command);
  await expect(command.parseAsync(['eval', ...words], { from: 'user' })).rejects.toThrow(reason);
});
