/** `./drydock reload` in another terminal than `./drydock up`. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Launched, launch } from '../support/launched.ts';
import { referenceTerraform } from '../support/tested-deployment.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-reload-'));
});
let started: Launched | undefined;
afterEach(async () => {
  started?.child.kill('SIGKILL');
  await started?.exit;
  rmSync(folder, { recursive: true, force: true });
});

const rule = 'gateway_from_internet_443';

/** Our own configuration, changed. */
function write(change: (text: string) => string): void {
  writeFileSync(join(folder, 'main.tf.json'), change(readFileSync(referenceTerraform, 'utf8')));
}

async function command(...words: readonly string[]) {
  const run = launch(words, { workingDirectory: folder });
  const { code } = await run.exit;
  return { code, text: run.lines.join('\n'), errors: run.errorText() };
}

test('applies changed Terraform to what runs, and refuses a mistake with the lines that verify has', async () => {
  write((text) => text);
  started = launch(['up', '--model', 'tiny', '--json', '--terraform', 'main.tf.json'], {
    workingDirectory: folder,
  });
  const run = started;
  const up: { readonly url: string } = JSON.parse(await run.line(/"event":"up"/));
  const isServed = async () => {
    const answer = await fetch(`${up.url}/readyz`, {
      signal: AbortSignal.timeout(600),
      // One that stands already would live on.
      headers: { connection: 'close' },
    }).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  };
  const socket = statSync(join(folder, '.drydock', 'runs', String(run.child.pid), 'control.sock'));
  expect(socket.mode & 0o777).toBe(0o600);

  write((text) => text.replaceAll('"to_port": 443', '"to_port": 70000'));
  const mistaken = await command('reload', 'main.tf.json');
  expect(mistaken).toMatchObject({ code: 2, text: '' });
  expect(mistaken.errors.trim().split('\n')).toContainEqual(
    expect.stringMatching(
      new RegExp(
        `^drydock: could not read \\S+\\.${rule} to_port \\(main\\.tf\\.json:\\d+\\): 70000 is not a port; `,
      ),
    ),
  );
  expect(await isServed()).toBe(true);

  write((text) => {
    const configuration = JSON.parse(text);
    delete configuration.resource.aws_vpc_security_group_ingress_rule[rule];
    return JSON.stringify(configuration);
  });
  const closed = await command('reload', 'main.tf.json');
  expect({ code: closed.code, errors: closed.errors }).toStrictEqual({ code: 0, errors: '' });
  expect(closed.text).toMatch(/^ {2}touched: aws_autoscaling_group\.gateway#0$/m);
  expect(closed.text).toMatch(/^- internet → aws_autoscaling_group\.gateway {2}tcp\/443 /m);
  expect(closed.text).toMatch(/^0 opened, 0 changed, 1 closed$/m);
  expect(await isServed()).toBe(false);
  expect(run.lines.filter((line) => /"event":"(reloaded|node-ended)"/.test(line))).toStrictEqual([
    expect.stringContaining('"event":"reloaded"'),
  ]);
  run.child.kill('SIGINT');
  expect(await run.exit).toMatchObject({ code: 0 });
}, 60_000);
