/** What an environment with TLS between nodes and engines has beside the others. */
import { expect, test } from 'vitest';
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
