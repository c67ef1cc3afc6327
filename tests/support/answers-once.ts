import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { type LaunchOptions, launch } from './launched.ts';
import { expectNothingLeft } from './nothing-left.ts';

/** `./drydock up --once` answers, shows a refused packet with its rule, and leaves nothing. */
export async function expectAnswersOnce(options: LaunchOptions): Promise<void> {
  const { workingDirectory } = options;
  const run = launch(['up', '--model', 'tiny', '--json', '--once'], options);
  const { code } = await run.exit;
  const events = run.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const event = (name: string) => events.find((candidate) => candidate.event === name);
  expect({ code, errors: run.errorText() }).toStrictEqual({ code: 0, errors: '' });
  expect(event('model')).toMatchObject({ name: 'tiny', random: true });
  expect(event('answer')).toMatchObject({
    model: 'tiny',
    finishReason: expect.stringMatching(/^(stop|length)$/),
  });
  expect(event('refused')).toMatchObject({
    to: 'gateway-0',
    port: 22,
    outcome: 'silent',
    refusedBy: { address: 'aws_network_acl.public', verdict: 'deny', packets: 1 },
  });
  await expectNothingLeft(workingDirectory);
  expect(readdirSync(workingDirectory)).toStrictEqual(['.drydock']);
}
