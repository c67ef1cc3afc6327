/** The script that makes a node's token, run as a machine runs it: with a real openssl, and stand-ins for what only AWS and root have. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { renewScript } from '../../../infra/renew-script.ts';
import {
  audienceOf,
  credentialAlgorithm,
  credentialSecondsMax,
  nodeIdSchema,
} from '../../../src/rpc/contract/credential.ts';
import { devEnvironment } from './configuration.ts';

/** Runs it below a folder in place of the machine's /run/drydock; `shims` are commands that only a machine on AWS has. */
async function run(script: string, folder: string, shims: Readonly<Record<string, string>>): Promise<void> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const [name, text] of Object.entries(shims)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  await promisify(execFile)('sh', ['-c', script.replaceAll('/run/drydock', `${folder}/run`)], {
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      TMPDIR: join(folder, 'tmp'),
      DRYDOCK_CREDENTIAL: 'secretsmanager:drydock/dev/worker-signing-key',
    },
  });
}

/** Those of a user that is not root. */
const ownerless = { chown: 'exit 0', install: 'for last; do :; done; mkdir -p "$last"' };

async function makeFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'drydock-renew-'));
  await mkdir(join(folder.path, 'run'));
  await mkdir(join(folder.path, 'tmp'));
  await writeFile(join(folder.path, 'run', 'node-id'), 'i-0123456789abcdef0\n');
  return folder;
}

test.each(['worker', 'gateway'] as const)(
  'signs a token for the own node of a %s, and leaves no key behind',
  async (tier) => {
    await using folder = await makeFolder();
    const pair = generateKeyPairSync('ed25519');
    await writeFile(join(folder.path, 'secret'), pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await run(renewScript(devEnvironment(), tier), folder.path, {
      ...ownerless,
      aws: `echo "$*" > "${folder.path}/asked"; cat "${folder.path}/secret"`,
    });
    const token = await readFile(join(folder.path, 'run/credential/token'), 'utf8');
    const { payload } = await jwtVerify(token, pair.publicKey, {
      algorithms: [credentialAlgorithm],
      audience: audienceOf('dev'),
    });
    expect(payload).toMatchObject({ sub: 'i-0123456789abcdef0', role: tier });
    expect(nodeIdSchema.safeParse(payload.sub).success).toBe(true);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(credentialSecondsMax);
    expect(await readFile(join(folder.path, 'asked'), 'utf8')).toContain(
      '--secret-id drydock/dev/worker-signing-key ',
    );
    expect(await readdir(join(folder.path, 'tmp'))).toEqual([]);
    expect(await readdir(join(folder.path, 'run/credential'))).toEqual(['token']);
  },
);

test('leaves the token that is there where the key cannot be had', async () => {
  await using folder = await makeFolder();
  await mkdir(join(folder.path, 'run/credential'));
  await writeFile(join(folder.path, 'run/credential/token'), 'the old one');
  const running = run(renewScript(devEnvironment(), 'worker'), folder.path, {
    ...ownerless,
    aws: 'echo denied >&2; exit 254',
  });
  await expect(running).rejects.toThrow();
  expect(await readFile(join(folder.path, 'run/credential/token'), 'utf8')).toBe('the old one');
});

test('puts the public keys of each role where an engine reads them, from its own tags', async () => {
  await using folder = await makeFolder();
  await run(renewScript(devEnvironment(), 'engine'), folder.path, {
    ...ownerless,
    curl: 'for last; do :; done; case "$last" in */api/token) echo session;; */tags/instance/*) echo "$last" | sed "s/.*verify-keys-/key of /";; esac',
  });
  for (const role of ['worker', 'gateway']) {
    expect(await readFile(join(folder.path, 'run/verify-keys', role), 'utf8')).toBe(`key of ${role}\n`);
  }
});
