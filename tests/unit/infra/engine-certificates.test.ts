/**
 * How machines take the engines' certificate and its authority from their secrets: with a real openssl, and stand-ins for what only AWS,
 * systemd and root have.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { authorityStep, proxyScript } from '../../../infra/engine-proxy.ts';
import { encryptedEnvironment } from './configuration.ts';

async function fixture(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/gateway-tls/${name}.pem`, import.meta.url), 'utf8');
}

const [one, two, expired] = [
  await fixture('server-one'),
  await fixture('server-two'),
  await fixture('expired'),
];
const [authority, other] = [await fixture('authority'), await fixture('other-authority')];
const certificateOf = (pem: string) => pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY'));
const keyOf = (pem: string) => pem.slice(pem.indexOf('-----BEGIN PRIVATE KEY'));

async function makeFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'drydock-engine-tls-'));
  const shims = {
    aws: `echo "$*" > ${folder.path}/asked; cat ${folder.path}/secret`,
    install: 'for last; do :; done; mkdir -p "$last"',
    chown: 'exit 0',
    iptables: 'exit 0',
    systemctl: `echo "$*" >> ${folder.path}/told`,
  };
  await mkdir(join(folder.path, 'bin'));
  for (const [name, text] of Object.entries(shims)) {
    await writeFile(join(folder.path, 'bin', name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder.path, 'bin', name), 0o755);
  }
  await mkdir(join(folder.path, 'run'));
  return folder;
}

interface Run {
  readonly script: string;
  readonly argument?: 'start' | 'renew';
  readonly secret: string;
}

/** Below the folder in place of /run/drydock. A secret ends with a new line, for `aws` prints one. */
async function run(folder: string, { script, argument = 'renew', secret }: Run): Promise<void> {
  await writeFile(join(folder, 'secret'), `${secret}\n`);
  await promisify(execFile)(
    'sh',
    ['-c', script.replaceAll('/run/drydock', `${folder}/run`), 'script', argument],
    {
      env: {
        PATH: `${folder}/bin:/usr/bin:/bin`,
        DRYDOCK_ENGINE_CERTIFICATE: 'secretsmanager:drydock/dev/engine-certificate',
        DRYDOCK_ENGINE_AUTHORITY: 'secretsmanager:drydock/dev/engine-authority',
      },
    },
  );
}

const proxy = proxyScript(encryptedEnvironment());
const step = `set -eu\n${authorityStep(encryptedEnvironment())}`;

test('an engine fetches the certificate before HAProxy begins, and reloads it when there is another', async () => {
  await using folder = await makeFolder();
  const kept = () => readFile(join(folder.path, 'run/proxy/engine.pem'), 'utf8');
  const told = () => readFile(join(folder.path, 'told'), 'utf8').catch(() => '');
  await run(folder.path, { script: proxy, argument: 'start', secret: one });
  expect(await kept()).toBe(`${one}\n`);
  expect(await readFile(join(folder.path, 'asked'), 'utf8')).toContain(
    '--secret-id drydock/dev/engine-certificate ',
  );
  await run(folder.path, { script: proxy, secret: one });
  expect(await told()).toBe('');
  await run(folder.path, { script: proxy, secret: two });
  expect(await kept()).toBe(`${two}\n`);
  expect(await told()).toBe('reload drydock-proxy.service\n');
  expect(await readdir(join(folder.path, 'run/proxy'))).toEqual(['engine.pem']);
});

test.each([
  ['nothing', '', 'it has no certificate'],
  ['no text', 'None', 'it has no certificate'],
  ['a key alone', keyOf(two), 'it has no certificate'],
  ['a certificate alone', certificateOf(two), 'its key is not of its certificate'],
  ['the key of another', certificateOf(two) + keyOf(one), 'its key is not of its certificate'],
  ['one that is cut off', two.slice(0, -60), 'its key is not of its certificate'],
  ['one that has expired', expired, 'its certificate has expired'],
])('an engine keeps its certificate, and says why, where the secret holds %s', async (_, secret, reason) => {
  await using folder = await makeFolder();
  await mkdir(join(folder.path, 'run/proxy'));
  await writeFile(join(folder.path, 'run/proxy/engine.pem'), one);
  await expect(run(folder.path, { script: proxy, secret })).rejects.toThrow(
    `could not use secret drydock/dev/engine-certificate: ${reason}; `,
  );
  expect(await readFile(join(folder.path, 'run/proxy/engine.pem'), 'utf8')).toBe(one);
  expect(await readdir(join(folder.path, 'run/proxy'))).toEqual(['engine.pem']);
  expect(await readdir(folder.path)).not.toContain('told');
});

test.each([
  ['one authority', authority],
  ['two of them', authority + other],
  ['one that is over beside one that is not', certificateOf(expired) + authority],
])('a node takes %s', async (_, secret) => {
  await using folder = await makeFolder();
  await run(folder.path, { script: step, secret });
  expect(await readFile(join(folder.path, 'run/engine-authority.pem'), 'utf8')).toBe(`${secret}\n`);
});

test.each([
  ['nothing', ''],
  ['no text', 'None'],
  ['one that is over', certificateOf(expired)],
  ['a good one and one that is cut off', authority + other.slice(0, 300)],
])('a node keeps the authority that it has, and says why, where the secret holds %s', async (_, secret) => {
  await using folder = await makeFolder();
  await writeFile(join(folder.path, 'run/engine-authority.pem'), authority);
  await expect(run(folder.path, { script: step, secret })).rejects.toThrow(
    'could not use secret drydock/dev/engine-authority: it has no valid certificate; ',
  );
  expect(await readFile(join(folder.path, 'run/engine-authority.pem'), 'utf8')).toBe(authority);
  expect(await readdir(join(folder.path, 'run'))).toEqual(['engine-authority.pem']);
});
