import { expect, test } from 'vitest';
import { cloudConfig } from '../../../infra/cloud-config.ts';
import { userData } from '../../../infra/user-data.ts';
import { devConfiguration, devEnvironment, expression, resource } from './configuration.ts';

/** The text that a machine gets. Terraform's and JSON's escapes agree where no backslash is meant. */
function userDataOf(address: string): string {
  const text = String(resource(devConfiguration(), address).user_data);
  const [, literal] = /^\$\{base64encode\((".*")\)\}$/s.exec(text) ?? [];
  return literal === undefined ? text : JSON.parse(literal);
}

/** Files by path, from the narrow YAML that `cloud-config.ts` promises. */
function filesOf(text: string): Record<string, string> {
  const entries =
    text
      .split('runcmd:\n')[0]
      ?.split(/^ {2}- path: /m)
      .slice(1) ?? [];
  return Object.fromEntries(
    entries.map((entry) => {
      const [path = '', content = ''] = entry.split(/\n {4}permissions: '0644'\n {4}content: \|\n/);
      return [path, content.replaceAll(/^ {6}/gm, '')];
    }),
  );
}

const engines = 'eu-west-1a=10.0.10.10,eu-west-1b=10.0.11.10';

test.each([
  [
    'aws_launch_template.gateway',
    {
      DRYDOCK_ENVIRONMENT: 'dev',
      DRYDOCK_ENGINES: engines,
      DRYDOCK_CREDENTIAL: 'secretsmanager:drydock/dev/gateway-signing-key',
      DRYDOCK_API_KEYS: 'secretsmanager:drydock/dev/api-keys',
      DRYDOCK_BODY_BYTES_MAX: '1048576',
      DRYDOCK_METRICS_PORT: '9464',
      DRYDOCK_AUDIT_SPOOL: '/run/drydock/audit/spool',
      DRYDOCK_AUDIT_STORE: 'file:/run/drydock/audit/sealed',
    },
  ],
  [
    'aws_launch_template.worker',
    {
      DRYDOCK_ENVIRONMENT: 'dev',
      DRYDOCK_ENGINES: engines,
      DRYDOCK_CREDENTIAL: 'secretsmanager:drydock/dev/worker-signing-key',
      DRYDOCK_MODEL: 's3://drydock-dev-models/gemma-3-270m-it/',
      DRYDOCK_SLOTS: '4',
      DRYDOCK_THREADS: '2',
      DRYDOCK_CONTEXT_TOKENS: '8192',
    },
  ],
  ['aws_instance.engine_a', { DRYDOCK_ENVIRONMENT: 'dev' }],
  ['aws_instance.engine_b', { DRYDOCK_ENVIRONMENT: 'dev' }],
])('writes one node.env by the launch contract: %s', (address, expected) => {
  const text = userDataOf(address);
  expect(text).toMatch(/^#cloud-config\nwrite_files:\n/);
  expect(text.match(/path: \/etc\/drydock\/node\.env$/gm)).toHaveLength(1);
  const lines = filesOf(text)['/etc/drydock/node.env']?.trimEnd().split('\n') ?? [];
  for (const line of lines) expect(line).toMatch(/^[A-Z][A-Z0-9_]*=\S+$/);
  expect(Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))).toEqual(expected);
});

test('reaches the machine as it was written, through Terraform as well', () => {
  for (const [address, tier] of [
    ['aws_launch_template.gateway', 'gateway'],
    ['aws_launch_template.worker', 'worker'],
    ['aws_instance.engine_a', 'engine'],
  ] as const) {
    expect(userDataOf(address), address).toBe(userData(devEnvironment(), tier));
  }
});

test.each(['gateway', 'engine', 'worker'] as const)(
  'hands node.env to a container that has no more rights than it needs: %s',
  (tier) => {
    const unit = filesOf(userData(devEnvironment(), tier))['/etc/systemd/system/drydock.service'] ?? '';
    const [run = ''] = /^ExecStart=.*$/m.exec(unit) ?? [];
    for (const option of [
      '--env-file /etc/drydock/node.env',
      '--user 65532:65532',
      '--read-only',
      '--cap-drop ALL',
      '--security-opt no-new-privileges',
      '--pull never',
    ]) {
      expect(run).toContain(` ${option} `);
    }
    expect(run).not.toMatch(/--privileged|docker\.sock/);
    expect(run.endsWith(` ${devEnvironment()[tier].image}`)).toBe(true);
  },
);

test.each(['gateway', 'engine', 'worker'] as const)(
  'keeps the program of a %s from the role’s credentials, renews what proves who it is, and acknowledges at once',
  (tier) => {
    const files = filesOf(userData(devEnvironment(), tier));
    const prepare = files['/etc/drydock/prepare.sh'] ?? '';
    const user = /--user (\d+):/.exec(files['/etc/systemd/system/drydock.service'] ?? '')?.[1];
    expect(prepare).toContain(`OUTPUT -d 169.254.169.254 -m owner --uid-owner ${user} -j REJECT`);
    expect(prepare).toMatch(/ip -4 route change \$route quickack 1/);
    expect(prepare).toContain('\n/bin/sh /etc/drydock/renew.sh\n');
    expect(files['/etc/systemd/system/drydock-renew.service']).toContain(
      'ExecStart=/bin/sh /etc/drydock/renew.sh\n',
    );
    expect(files['/etc/systemd/system/drydock-renew.timer']).toContain('OnUnitActiveSec=10min\n');
    expect(files['/etc/drydock/node.env']).not.toContain('DRYDOCK_ENGINE_CREDENTIALS');
    // The folder of the token is all that the container sees of it.
    expect(files['/etc/systemd/system/drydock.service']).not.toMatch(/--volume \/(etc|tmp|var\/tmp)/);
  },
);

test('gives a gateway one writable folder, for its audit log, and makes it its own', () => {
  const files = filesOf(userData(devEnvironment(), 'gateway'));
  const volumes = [...(files['/etc/systemd/system/drydock.service'] ?? '').matchAll(/--volume (\S+)/g)];
  const writable = volumes.map(([, volume = '']) => volume).filter((volume) => !volume.endsWith(':ro'));
  expect(writable).toEqual(['/var/lib/drydock/audit:/run/drydock/audit']);
  const prepare = files['/etc/drydock/prepare.sh'] ?? '';
  expect(prepare).toMatch(/^install -d -m 0700 -o 65532 -g 65532 .*\/var\/lib\/drydock\/audit$/m);
  // In a folder that is mounted read-only the container could not make the place of the volume.
  expect(prepare).toMatch(/^install -d \/run\/drydock\/audit$/m);
});

test('holds no secret, only the name of one', () => {
  const text = ['aws_launch_template.gateway', 'aws_launch_template.worker', 'aws_instance.engine_a']
    .map(userDataOf)
    .join('\n');
  expect(text).not.toMatch(/[0-9a-f]{32}|AKIA|BEGIN [A-Z ]*KEY|password/i);
});

const file = (content: string) => ({
  files: [{ path: '/etc/x', permissions: '0644', content }],
  commands: [],
});

test.each([
  ['a template of Terraform', file(`a=${expression('b')}\n`), /may hold no/],
  ['a directive of Terraform', file('a=%{if}\n'), /may hold no/],
  ['a backslash', file('a\\\nb\n'), /may hold no/],
  ['a file without its last newline', file('a'), /not plain lines/],
  ['a file that begins with a space', file(' a\n'), /not plain lines/],
  ['an empty last line, which YAML would drop', file('a\n\n'), /not plain lines/],
  ['a tab', file('a\tb\n'), /not plain lines/],
  ['more than EC2 takes', file(`${'a'.repeat(16_384)}\n`), /larger than 16384 bytes/],
  [
    'a path that YAML would read otherwise',
    { files: [{ path: '/a: b', permissions: '0644', content: 'a\n' }], commands: [] },
    /no plain word/,
  ],
  ['a command that YAML would read otherwise', { files: [], commands: [['a', 'b, c']] }, /no plain word/],
])('refuses to write into cloud-config %s', (_, config, reason) => {
  expect(() => cloudConfig(config)).toThrow(reason);
});
