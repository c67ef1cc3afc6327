/** What an environment with TLS between nodes and engines has beside the others, and what its machines do for it. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { proxyScript } from '../../../infra/engine-proxy.ts';
import { environments } from '../../../infra/environments/index.ts';
import { synthesize } from '../../../infra/synthesize.ts';
import { userData } from '../../../infra/user-data.ts';
import { deployedEngineProxy } from '../../../src/rpc/contract/engine-proxy.ts';
import {
  devEnvironment,
  encryptedEnvironment,
  expression,
  readConfiguration,
  resource,
  resources,
} from './configuration.ts';

const encrypted = encryptedEnvironment();
const configuration = readConfiguration(synthesize(encrypted));

/** Content of a file of the user data, as a machine has it. */
function fileOf(text: string, path: string): string {
  const [, rest = ''] = text.split(`  - path: ${path}\n    permissions: '0644'\n    content: |\n`);
  const [content = ''] = rest.split(/^ {2}- path: |^runcmd:/m);
  return content.replaceAll(/^ {6}/gm, '');
}

test('prod has it, and dev, which runs on any machine, has not', () => {
  expect(environments.map(({ name, engineTls }) => [name, engineTls !== undefined])).toEqual([
    ['dev', false],
    ['prod', true],
  ]);
});

test.each(['gateway', 'worker'] as const)('a %s dials by wss, and is told where the authority is', (tier) => {
  const text = userData(encrypted, tier);
  const lines = fileOf(text, '/etc/drydock/node.env').split('\n');
  expect(lines).toContain('DRYDOCK_ENGINES=eu-west-1a=wss://10.0.10.10,eu-west-1b=wss://10.0.11.10');
  expect(lines).toContain('DRYDOCK_ENGINE_AUTHORITY=secretsmanager:drydock/dev/engine-authority');
  expect(fileOf(text, '/etc/systemd/system/drydock.service')).toContain(
    ' --env NODE_EXTRA_CA_CERTS=/run/drydock/engine-authority.pem ',
  );
  expect(fileOf(text, '/etc/drydock/prepare.sh')).toMatch(
    /--secret-id "\$authority" .* > \/run\/drydock\/engine-authority\.pem\.new\n/,
  );
  expect(text).not.toMatch(/haproxy|ENGINE_CERTIFICATE/);
});

test('an engine listens on the loopback, and HAProxy owns the ports that nodes dial', () => {
  const text = userData(encrypted, 'engine');
  expect(fileOf(text, '/etc/drydock/node.env').trimEnd().split('\n')).toEqual([
    'DRYDOCK_ENVIRONMENT=dev',
    'DRYDOCK_ENGINE_CERTIFICATE=secretsmanager:drydock/dev/engine-certificate',
    'DRYDOCK_ENGINE_HOST=127.0.0.1',
    'DRYDOCK_ENGINE_WORKERS_PORT=49144',
    'DRYDOCK_ENGINE_GATEWAYS_PORT=49146',
  ]);
  const proxy = fileOf(text, '/etc/drydock/haproxy.cfg');
  expect(proxy).toBe(deployedEngineProxy());
  for (const [port, enginePort] of [
    [49134, 49144],
    [49136, 49146],
  ]) {
    expect(proxy).toContain(`bind 0.0.0.0:${port} ssl crt /run/drydock/proxy/engine.pem `);
    expect(proxy).toContain(`server engine 127.0.0.1:${enginePort}\n`);
  }
  const unit = fileOf(text, '/etc/systemd/system/drydock-proxy.service');
  expect(unit).toContain('ExecStart=/usr/sbin/haproxy -W -f /etc/drydock/haproxy.cfg\n');
  // Nobody of the containers' user: the program beside it must not read the key.
  expect(unit).toMatch(/^User=65531$/m);
  expect(unit).toMatch(/^CapabilityBoundingSet=$/m);
  expect(text).toContain('[systemctl, enable, --now, drydock-proxy.service]');
  expect(fileOf(text, '/etc/systemd/system/drydock-renew.service')).toContain(
    'ExecStart=/bin/sh /etc/drydock/renew.sh\nExecStart=/bin/sh /etc/drydock/proxy.sh renew\n',
  );
});

test('without it nothing of it is there', () => {
  for (const tier of ['gateway', 'engine', 'worker'] as const) {
    expect(userData(devEnvironment(), tier)).not.toMatch(
      /haproxy|wss|proxy\.sh|AUTHORITY|CERTIFICATE|_CA_CERTS/,
    );
  }
});

test('an engine may read its certificate, a node the authority, and nobody both', () => {
  const grants = (tier: string) =>
    JSON.parse(String(resource(configuration, `aws_iam_role_policy.${tier}`).policy)).Statement.flatMap(
      ({ Action, Resource }: { Action: string; Resource: string }) =>
        Action === 'secretsmanager:GetSecretValue' ? [Resource] : [],
    );
  const arn = (name: string) => expression(`aws_secretsmanager_secret.${name}.arn`);
  expect(grants('engine')).toEqual([arn('engine_certificate')]);
  expect(grants('gateway')).toEqual([arn('api_keys'), arn('gateway_signing_key'), arn('engine_authority')]);
  expect(grants('worker')).toEqual([arn('worker_signing_key'), arn('engine_authority')]);
  const before = readConfiguration(synthesize(devEnvironment()));
  for (const type of ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule']) {
    expect(resources(configuration, type)).toEqual(resources(before, type));
  }
});

/** Runs it below a folder in place of /run/drydock, with stand-ins for what only AWS, systemd and root have. */
async function runProxyScript(folder: string, argument: string, secret: string): Promise<string> {
  const shims = {
    aws: `echo "$*" > ${folder}/asked; printf '%s\\n' '${secret}'`,
    install: 'for last; do :; done; mkdir -p "$last"',
    chown: 'exit 0',
    iptables: 'exit 0',
    systemctl: `echo "$*" >> ${folder}/told`,
  };
  await mkdir(join(folder, 'bin'), { recursive: true });
  for (const [name, text] of Object.entries(shims)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  const script = proxyScript(encrypted).replaceAll('/run/drydock', `${folder}/run`);
  await promisify(execFile)('sh', ['-c', script, 'proxy.sh', argument], {
    env: {
      PATH: `${folder}/bin:/usr/bin:/bin`,
      DRYDOCK_ENGINE_CERTIFICATE: 'secretsmanager:drydock/dev/engine-certificate',
    },
  });
  return readFile(join(folder, 'run/proxy/engine.pem'), 'utf8');
}

test('its machine fetches the certificate before HAProxy begins, and reloads it when there is another', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'drydock-proxy-'));
  const told = () => readFile(join(folder.path, 'told'), 'utf8').catch(() => '');
  expect(await runProxyScript(folder.path, 'start', 'first')).toBe('first\n');
  expect(await readFile(join(folder.path, 'asked'), 'utf8')).toContain(
    '--secret-id drydock/dev/engine-certificate ',
  );
  expect(await runProxyScript(folder.path, 'renew', 'first')).toBe('first\n');
  expect(await told()).toBe('');
  expect(await runProxyScript(folder.path, 'renew', 'second')).toBe('second\n');
  expect(await told()).toBe('reload drydock-proxy.service\n');
  expect(await readdir(join(folder.path, 'run/proxy'))).toEqual(['engine.pem']);
});
