/** `./drydock up` as a person runs it: the whole way, what ends it, and what it leaves: nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAnswersOnce } from '../support/answers-once.ts';
import { familyOf, launch } from '../support/launched.ts';
import { expectNothingLeft } from '../support/nothing-left.ts';
import { referenceTerraform } from '../support/tested-deployment.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tinyUp = ['up', '--model', 'tiny', '--json'];

test('answers, shows a refused packet with its rule, and leaves nothing, for a user without privileges', async () => {
  await expectAnswersOnce({ workingDirectory: folder, isUnprivileged: true });
});

/** `./drydock reload` of our own configuration, changed, in another terminal. */
async function reload(change: (text: string) => string) {
  const file = join(folder, 'changed.tf.json');
  writeFileSync(file, change(readFileSync(referenceTerraform, 'utf8')));
  const run = launch(['reload', 'changed.tf.json'], { workingDirectory: folder });
  const { code } = await run.exit;
  rmSync(file);
  return { code, text: run.lines.join('\n'), errors: run.errorText() };
}

test('prints a curl that works from another terminal, takes changed Terraform from there, and ends in order on Ctrl-C', async () => {
  const run = launch(['up', '--model', 'tiny'], { workingDirectory: folder });
  await run.line(/^curl -N http/);
  await run.line(/content-type/);
  const start = run.lines.findIndex((line) => line.startsWith('curl'));
  const command = run.lines.slice(start, start + 2).join('\n');
  const answer = execFileSync('sh', ['-c', command], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(answer).toContain('data: [DONE]');
  expect(run.lines.join('\n')).not.toMatch(/dd-[A-Za-z0-9_-]{43}/);
  expect(execFileSync('ps', ['-o', 'args=', '-p', String(run.child.pid)], { encoding: 'utf8' })).toMatch(
    /drydock\S* up/,
  );
  const inside = launch(
    [
      'exec',
      'gateway-0',
      '--',
      'sh',
      '-c',
      'cat /run/drydock/node-id; grep CapEff /proc/self/status; exit 7',
    ],
    {
      workingDirectory: folder,
    },
  );
  expect(await inside.exit).toMatchObject({ code: 7 });
  expect(inside.lines.join('\n')).toMatch(/^gateway-0CapEff:\s+0+$/);
  const isServed = async () => {
    const url = /http:\/\/[^/]*/.exec(command)?.[0];
    // A connection that stands already would live on.
    const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(400) };
    const served = await fetch(`${url}/readyz`, options).catch(() => undefined);
    return served?.status === 200;
  };
  const mistaken = await reload((text) => text.replaceAll('"to_port": 443', '"to_port": 70000'));
  expect(mistaken).toMatchObject({ code: 2, text: '' });
  expect(mistaken.errors.trim().split('\n')).toContainEqual(
    expect.stringMatching(
      /^drydock: could not read \S+\.gateway_from_internet_443 to_port \(changed\.tf\.json:\d+\): 70000 is not a port; /,
    ),
  );
  expect(await isServed()).toBe(true);
  const closed = await reload((text) => {
    const configuration = JSON.parse(text);
    delete configuration.resource.aws_vpc_security_group_ingress_rule.gateway_from_internet_443;
    return JSON.stringify(configuration);
  });
  expect(closed).toMatchObject({ code: 0, errors: '' });
  expect(closed.text).toMatch(/^ {2}touched: aws_autoscaling_group\.gateway#0$/m);
  expect(closed.text).toMatch(
    /^- internet → aws_autoscaling_group\.gateway {2}tcp\/443 .*\n0 opened, 0 changed, 1 closed$/m,
  );
  expect(await isServed()).toBe(false);
  const family = familyOf(run.child.pid);
  expect(family.length).toBeGreaterThan(10);
  run.child.kill('SIGINT');
  expect(await run.exit).toStrictEqual({ code: 0, signal: null });
  await expectNothingLeft(folder, family);
  expect(readdirSync(folder)).toStrictEqual(['.drydock']);
});

test('takes the next free port when its own is in use, and says so when it was told which', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const run = launch([...tinyUp, '--once', '--port', String(port)], { workingDirectory: folder });
  expect((await run.exit).code).toBe(2);
  expect(run.errorText()).toMatch(
    new RegExp(`^drydock: could not listen on 127\\.0\\.0\\.1:${port}: .*--port.*\\n$`),
  );
  await expectNothingLeft(folder);
  await new Promise((resolve) => server.close(resolve));
});

const badInputs = [
  {
    name: 'a Terraform file that is not there',
    words: ['--terraform', 'nowhere.tf.json'],
    error: /nowhere\.tf\.json/,
  },
  { name: 'an unknown model', words: ['--model', 'nobody'], error: /nobody/ },
  { name: 'a port that is none', words: ['--port', '70000'], error: /port/ },
  { name: 'an unknown option', words: ['--frobnicate'], error: /--frobnicate/ },
];

test('answers bad input with one line and exit code 2', async () => {
  await Promise.all(
    badInputs.map(async ({ name, words, error }) => {
      const workingDirectory = mkdtempSync(join(folder, 'bad-'));
      const run = launch(['up', '--json', ...words], { workingDirectory });
      expect({ name, code: (await run.exit).code }).toStrictEqual({ name, code: 2 });
      expect(run.errorText()).toMatch(/^[^\n]+\n$/);
      expect(run.errorText()).toMatch(error);
      await expectNothingLeft(workingDirectory);
      expect(existsSync(join(workingDirectory, 'core'))).toBe(false);
    }),
  );
});
