/** The set-up as a user runs it: what it asks of npm, when it asks nothing, and what it says when it cannot go on. */

import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installsAfter, makeClone } from './clone.ts';

const quietly = ['--packages-only', '--quiet'];

describe('what it asks of npm', () => {
  test('installs the locked packages without the development ones, in a bare clone', async () => {
    using clone = makeClone();
    const { exitCode, stdout, stderr } = await clone.run(quietly).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(
      /^set-up: installing npm packages\nset-up: installing npm packages: done in \d+\.\d s\n$/,
    );
    expect(clone.npmCalls()).toEqual(['ci --omit=dev --loglevel=error --no-fund --no-audit']);
  });

  test('installs everything with --dev', async () => {
    using clone = makeClone();
    await clone.run([...quietly, '--dev']).ended;
    expect(clone.npmCalls()).toEqual(['ci --include=dev --loglevel=error --no-fund --no-audit']);
  });

  test('keeps npm from downloading CUDA libraries, and takes the clone’s own node off its PATH', async () => {
    using clone = makeClone();
    clone.setNpm(installsAfter('echo "$ONNXRUNTIME_NODE_INSTALL $PATH" > npm-environment'));
    const own = join(clone.root, 'node_modules/.bin');
    await clone.run(quietly, { path: `${own}:${join(clone.root, 'path')}:/usr/bin:/bin` }).ended;
    expect(readFileSync(join(clone.root, 'npm-environment'), 'utf8')).toBe(
      `skip ${join(clone.root, 'path')}:/usr/bin:/bin\n`,
    );
  });

  test('asks nothing and says nothing once all is there', async () => {
    using clone = makeClone();
    await clone.run(quietly).ended;
    const again = await clone.run(quietly).ended;
    expect(again).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(clone.npmCalls()).toHaveLength(1);
  });

  test('adds the development packages to an installation without them, deleting nothing', async () => {
    using clone = makeClone();
    await clone.run(quietly).ended;
    await clone.run([...quietly, '--dev']).ended;
    expect(clone.npmCalls().at(-1)).toBe(
      'install --include=dev --no-save --loglevel=error --no-fund --no-audit',
    );
  });

  test('is content with a development installation when none is asked for', async () => {
    using clone = makeClone();
    await clone.run([...quietly, '--dev']).ended;
    await clone.run(quietly).ended;
    expect(clone.npmCalls()).toHaveLength(1);
  });
});

test('installs again what was deleted by hand', async () => {
  using clone = makeClone();
  await clone.run(quietly).ended;
  rmSync(join(clone.root, 'node_modules/a'), { recursive: true });
  await clone.run(quietly).ended;
  expect(clone.npmCalls().at(-1)).toMatch(/^ci --omit=dev /);
  expect(clone.npmCalls()).toHaveLength(2);
});

describe('what it says when it cannot go on', () => {
  test('names the network when npm cannot reach its registry', async () => {
    using clone = makeClone();
    clone.setNpm('echo "npm error code EAI_AGAIN" >&2; echo "npm error request failed" >&2; exit 1');
    const { exitCode, stderr } = await clone.run(quietly).ended;
    expect(exitCode).toBe(2);
    expect(lastLine(stderr)).toBe(
      `drydock: could not install the npm packages: the npm registry cannot be reached (EAI_AGAIN); check the network or the proxy and run this again (${clone.root}/.drydock/setup.log)`,
    );
  });

  test('hands on npm’s reason otherwise', async () => {
    using clone = makeClone();
    clone.setNpm('printf "npm error code EUSAGE\\nnpm error\\nnpm error not in sync\\n" >&2; exit 1');
    const { exitCode, stderr } = await clone.run(quietly).ended;
    expect(exitCode).toBe(2);
    expect(lastLine(stderr)).toContain(
      'could not install the npm packages: npm said "not in sync"; see the log',
    );
  });

  test('says that there is no npm', async () => {
    using clone = makeClone();
    rmSync(join(clone.root, 'path/npm'));
    symlinkSync('/usr/bin/flock', join(clone.root, 'path/flock'));
    const { exitCode, stderr } = await clone.run(quietly, { path: join(clone.root, 'path') }).ended;
    expect(exitCode).toBe(2);
    expect(lastLine(stderr)).toMatch(/^drydock: could not install the npm packages: there is no npm; /);
  });

  test('names the program that switched-off install scripts left out', async () => {
    using clone = makeClone();
    clone.setNpm(installsAfter('').replace('truncate', ': truncate'));
    const { exitCode, stderr } = await clone.run(quietly).ended;
    expect(exitCode).toBe(2);
    expect(lastLine(stderr)).toContain('could not find node_modules/node/bin/node after the installation');
  });

  test('says that the clone is incomplete without a lockfile, and calls no npm', async () => {
    using clone = makeClone();
    rmSync(join(clone.root, 'package-lock.json'));
    const { exitCode, stderr } = await clone.run(quietly).ended;
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`drydock: could not read ${clone.root}/package-lock.json; is the clone complete?\n`);
    expect(clone.npmCalls()).toEqual([]);
  });

  test('refuses an option that it does not know', async () => {
    using clone = makeClone();
    const { exitCode, stderr } = await clone.run(['--fast']).ended;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^drydock: could not read the set-up's options: .*--fast.*; see --help\n$/);
  });

  test.each([
    [
      'an old Node',
      'versions',
      { node: '18.20.4' },
      'this is Node 18.20.4; install Node 20 or newer and run this again',
    ],
    [
      'macOS',
      'platform',
      'darwin',
      'drydock needs Linux for now and this is darwin; run it on a Linux machine or virtual machine',
    ],
    [
      'Windows',
      'platform',
      'win32',
      'drydock needs Linux for now and this is win32; run it on a Linux machine or virtual machine',
    ],
  ])('refuses %s in one line', async (_, property, value, reason) => {
    using clone = makeClone();
    clone.write(
      'pretend.cjs',
      `Object.defineProperty(process, '${property}', { value: ${JSON.stringify(value)} });`,
    );
    const nodeOptions = ['--require', join(clone.root, 'pretend.cjs')];
    const { exitCode, stderr } = await clone.run(quietly, { nodeOptions }).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `drydock: could not set up: ${reason}\n` });
    expect(existsSync(join(clone.root, '.drydock'))).toBe(false);
  });

  const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
});
