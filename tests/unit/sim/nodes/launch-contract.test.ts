import { expect, test } from 'vitest';
import { planMachine, planNodes, planProxy, proxyIdOf } from '../../../../sim/nodes/index.ts';
import type { Instance } from '../../../../sim/vpc/model.ts';
import { machine, smallVpc } from '../small-vpc.ts';

const place = {
  subnet: 'aws_subnet.private',
  privateAddress: '10.0.10.30',
  group: 'aws_security_group.engine',
};

function userData(environment: string): string {
  const lines = environment.split('\n').map((line) => `      ${line}`);
  return [
    '#cloud-config',
    'write_files:',
    '  - path: /etc/drydock/node.env',
    '    content: |',
    ...lines,
  ].join('\n');
}

function worker(
  text: string | undefined,
  tags: Record<string, string> = { 'drydock:program': 'worker' },
): Instance {
  return { ...machine('worker-0', place), tags, ...(text !== undefined && { userData: text }) };
}

function plan(instance: Instance) {
  return planNodes({ ...smallVpc(), instances: [instance] });
}

test('reads program, zone and exactly the variables of the file', () => {
  const [node] = plan(worker(userData('# a comment\nDRYDOCK_SLOTS=4\n\nDRYDOCK_MODEL=s3://bucket/model/=x')));
  expect(node).toStrictEqual({
    id: 'worker-0',
    program: 'worker',
    availabilityZone: 'eu-west-1a',
    environment: { DRYDOCK_SLOTS: '4', DRYDOCK_MODEL: 's3://bucket/model/=x' },
    restart: { when: 'always', delayMs: 1_000 },
  });
});

test('leaves a machine without the tag alone and names the tag when no machine has it', () => {
  const tagged = worker(userData('DRYDOCK_A=1'));
  const nodes = planNodes({ ...smallVpc(), instances: [machine('bastion-0', place), tagged] });
  expect(nodes.map(({ id }) => id)).toStrictEqual(['worker-0']);
  expect(() => planNodes(smallVpc())).toThrow(/no machine of the configuration has the tag drydock:program/);
});

const broken = [
  {
    name: 'a variable that loads code',
    instance: worker(userData('LD_PRELOAD=/tmp/x.so')),
    reason: /line 1: LD_PRELOAD is not one of ours; names begin with DRYDOCK_; see/,
  },
  {
    name: 'a value without end',
    instance: worker(userData(`DRYDOCK_A=${'x'.repeat(9_000)}`)),
    reason: /the value of DRYDOCK_A is too long or no text; see/,
  },
  {
    name: 'a value with NUL',
    instance: worker(
      '#cloud-config\nwrite_files:\n  - {path: /etc/drydock/node.env, content: "DRYDOCK_A=d\\0ev"}',
    ),
    reason: /the value of DRYDOCK_A is too long or no text; see/,
  },
  {
    name: 'a bomb of aliases',
    instance: worker(`#cloud-config\na: &a [x]\nb: [${Array(20).fill('*a').join(', ')}]`),
    reason: /too many aliases/,
  },
  {
    name: 'an unknown program',
    instance: worker(userData('DRYDOCK_A=1'), { 'drydock:program': 'router' }),
    reason: /"router" is no program; use gateway, engine, worker/,
  },
  { name: 'no user data', instance: worker(undefined), reason: /user data: there is none/ },
  { name: 'a shell script', instance: worker('#!/bin/sh\n'), reason: /does not begin with #cloud-config/ },
  { name: 'broken YAML', instance: worker('#cloud-config\nwrite_files: [}'), reason: /it is not YAML/ },
  {
    name: 'another file alone',
    instance: worker('#cloud-config\nwrite_files:\n  - path: /etc/motd\n    content: x'),
    reason: /exactly one entry/,
  },
  {
    name: 'a line without =',
    instance: worker(userData('DRYDOCK_A=1\nsecret-thing')),
    reason: /node\.env line 2: it is not KEY=VALUE; see/,
  },
  {
    name: 'a unit that restarts otherwise',
    instance: worker(
      `${userData('DRYDOCK_A=1')}\n  - path: /etc/systemd/system/drydock.service\n    content: |\n      [Service]\n      Restart=on-abort\n`,
    ),
    reason: /drydock\.service Restart: "on-abort" is not simulated; use always, on-failure, no; see/,
  },
  {
    name: 'a variable twice',
    instance: worker(userData('DRYDOCK_A=1\nDRYDOCK_A=2')),
    reason: /DRYDOCK_A is set twice/,
  },
];

test.each(broken)('refuses $name, naming address and field', ({ instance, reason }) => {
  expect(() => plan(instance)).toThrow(reason);
  expect(() => plan(instance)).toThrow(/[^;]; see docs\/launch-contract\.md$/);
  expect(() => plan(instance)).toThrow(/^could not launch aws_instance\.worker-0: /);
});

const standIns = {
  modelDirectory: '/cache/models/tiny',
  cacheDirectory: '/cache',
  apiKeysJson: '[{"id":"local","sha256":"00"}]',
  credentialsDirectory: '/run-of/credentials',
  certificates: { authority: () => 'the authority', of: (id: string) => `certificate of ${id}` },
  logDirectory: '/logs',
  stateDirectory: '/state',
};

test.each([
  {
    program: 'gateway',
    files: ['availability-zone', 'node-id', 'secrets/api-keys.json'],
    targets: ['credential'],
  },
  { program: 'engine', files: ['availability-zone', 'node-id'], targets: ['verify-keys'] },
  { program: 'worker', files: ['availability-zone', 'node-id'], targets: ['cache', 'credential', 'model'] },
])('gives a $program what it may read and nothing else', ({ program, files, targets }) => {
  const [node] = plan(worker(userData('DRYDOCK_A=1'), { 'drydock:program': program }));
  if (node === undefined) throw new TypeError('the machine has a program');
  const spec = planMachine(node, 'eni-worker-0', standIns);
  expect(spec.environment).toStrictEqual({ DRYDOCK_A: '1' });
  expect(spec.hiddenFolders).toStrictEqual(['/state']);
  expect(Object.keys(spec.files).sort()).toStrictEqual(files);
  expect(spec.mounts.map(({ target }) => target).sort()).toStrictEqual(targets);
  expect(spec.mounts.filter(({ target }) => target !== 'cache').every(({ isReadOnly }) => isReadOnly)).toBe(
    true,
  );
  // Another node's token is in none of them.
  for (const { source, target } of spec.mounts) {
    if (target === 'credential') expect(source).toBe('/run-of/credentials/nodes/worker-0');
  }
});

const proxied = `${userData('DRYDOCK_A=1')}\n  - path: /etc/drydock/haproxy.cfg\n    content: |\n      global\n`;

test('runs HAProxy beside a node whose user data configures it, with a certificate that the program does not see', () => {
  const [node] = plan(worker(proxied, { 'drydock:program': 'engine' }));
  if (node === undefined) throw new TypeError('the machine has a program');
  const options = { namespace: 'eni-0', address: '10.0.10.30', standIns, findHaproxy: () => '/sbin/haproxy' };
  const proxy = planProxy(node, options);
  expect([proxy?.id, proxy?.namespace, proxy?.command.at(-1)]).toStrictEqual([
    'worker-0-proxy',
    'eni-0',
    '/sbin/haproxy',
  ]);
  expect(proxy?.files).toStrictEqual({
    'haproxy.cfg': 'global\n',
    'proxy/engine.pem': 'certificate of 10.0.10.30',
  });
  expect(JSON.stringify(planMachine(node, 'eni-0', standIns))).not.toContain('certificate of');
});

test('without that there is none, and nobody looks for HAProxy', () => {
  const [node] = plan(worker(userData('DRYDOCK_A=1'), { 'drydock:program': 'engine' }));
  if (node === undefined) throw new TypeError('the machine has a program');
  const findHaproxy = () => {
    throw new TypeError('it was looked for');
  };
  expect(proxyIdOf(node)).toBeUndefined();
  expect(
    planProxy(node, { namespace: 'eni-0', address: '10.0.10.30', standIns, findHaproxy }),
  ).toBeUndefined();
});

test('refuses two configurations of one proxy', () => {
  const [, second = ''] = proxied.split(/(?=\n {2}- path: \/etc\/drydock\/haproxy)/);
  expect(() => plan(worker(`${proxied}${second}`))).toThrow(/haproxy\.cfg more than once; see/);
});

test.each(['gateway', 'worker', 'engine'] as const)(
  'a %s that is told of an authority trusts it, unless it dials nobody',
  (program) => {
    const text = userData('DRYDOCK_ENGINE_AUTHORITY=secretsmanager:x');
    const [node] = plan(worker(text, { 'drydock:program': program }));
    if (node === undefined) throw new TypeError('the machine has a program');
    const { environment, files } = planMachine(node, 'eni-0', standIns);
    const dials = program !== 'engine';
    expect(files['engine-authority.pem']).toBe(dials ? 'the authority' : undefined);
    expect(environment.NODE_EXTRA_CA_CERTS).toBe(dials ? '/run/drydock/engine-authority.pem' : undefined);
  },
);
