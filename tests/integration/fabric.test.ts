/** The fabric alone, on a VPC small enough to see each layer: real packets, and the reason of each refusal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { movedCounters, refusals } from '../../sim/explain/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import type { VpcModel } from '../../sim/vpc/model.ts';
import { smallVpc } from '../unit/sim/small-vpc.ts';

const gateway = 'eni-gateway-0';
const engine = 'eni-engine-0';
const gatewayPublic = '198.51.100.10';

function start(model: VpcModel): Promise<StartedFabric> {
  return startFabric(compileFabric(model), {
    onEvent: () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
}

async function send(
  fabric: StartedFabric,
  probe: { from: string; to: string; port: number; sourcePort?: number },
) {
  const before = await fabric.readCounters();
  const [outcome] = await fabric.probe({
    namespace: probe.from,
    address: probe.to,
    ports: [probe.port],
    timeoutMs: 400,
    ...(probe.sourcePort !== undefined && { sourcePort: probe.sourcePort }),
  });
  const moved = movedCounters(fabric.fabric.counters, { before, after: await fabric.readCounters() });
  return { outcome, moved, refusedBy: refusals(moved).map(({ address, layer }) => `${layer} ${address}`) };
}

// "closed" is a RST from the machine itself: the packet arrived, and its answer came back.
const cases = [
  {
    why: 'the security group admits 443 from anywhere',
    from: 'internet',
    to: gatewayPublic,
    port: 443,
    outcome: 'closed',
    refusedBy: [],
  },
  {
    why: 'the public network ACL has no rule for 22',
    from: 'internet',
    to: gatewayPublic,
    port: 22,
    outcome: 'silent',
    refusedBy: ['network-acl aws_network_acl.public'],
  },
  {
    why: 'a private address is nothing to the internet',
    from: 'internet',
    to: '10.0.0.20',
    port: 443,
    outcome: 'silent',
    refusedBy: ['internet-gateway aws_internet_gateway.main'],
  },
  {
    why: 'both groups and both ACLs allow it',
    from: gateway,
    to: '10.0.10.10',
    port: 49136,
    outcome: 'closed',
    refusedBy: [],
  },
  {
    why: 'the gateway may not dial that port',
    from: gateway,
    to: '10.0.10.10',
    port: 49134,
    outcome: 'silent',
    refusedBy: ['security-group aws_security_group.gateway'],
  },
  {
    why: 'the engine dials nobody',
    from: engine,
    to: '10.0.0.20',
    port: 443,
    outcome: 'silent',
    refusedBy: ['security-group aws_security_group.engine'],
  },
  {
    why: 'the gateway has no egress to the internet',
    from: gateway,
    to: '203.0.113.10',
    port: 443,
    outcome: 'silent',
    refusedBy: ['security-group aws_security_group.gateway'],
  },
] as const;

test('lets through what the rules allow, drops the rest, and names the one rule or default that dropped it', async () => {
  await using fabric = await start(smallVpc());
  for (const { why, outcome, refusedBy, ...probe } of cases) {
    const seen = await send(fabric, probe);
    expect({ why, outcome: seen.outcome, refusedBy: seen.refusedBy }).toStrictEqual({
      why,
      outcome,
      refusedBy,
    });
  }
});

test('judges a reply by the network ACL anew: a source port outside its range loses the answer', async () => {
  await using fabric = await start(smallVpc());
  const inside = await send(fabric, { from: gateway, to: '10.0.10.10', port: 49136, sourcePort: 40_000 });
  expect(inside.outcome).toBe('closed');
  const outside = await send(fabric, { from: gateway, to: '10.0.10.10', port: 49136, sourcePort: 2_000 });
  expect(outside.outcome).toBe('silent');
  expect(outside.refusedBy).toStrictEqual(['network-acl aws_network_acl.private']);
  // The packet itself arrived; it is the answer that was dropped.
  expect(outside.moved.map(({ address }) => address)).toContain(
    'aws_vpc_security_group_ingress_rule.gateway',
  );
});

test('finds no route where the route table has none, though the security group would allow it', async () => {
  const model = smallVpc();
  const open = {
    address: 'aws_x.open',
    description: '',
    protocol: 'all',
    peer: { kind: 'cidr', cidr: '0.0.0.0/0' },
  } as const;
  const acl = {
    address: 'aws_x.acl',
    number: 1,
    action: 'allow',
    protocol: 'all',
    cidr: '0.0.0.0/0',
  } as const;
  await using fabric = await start({
    ...model,
    securityGroups: model.securityGroups.map((group) => ({ ...group, egress: [open] })),
    networkAcls: model.networkAcls.map((list) => ({ ...list, egress: [acl] })),
  });
  const outside = await send(fabric, { from: engine, to: '203.0.113.10', port: 443 });
  expect(outside.refusedBy).toStrictEqual(['route-table aws_route_table.private']);
  const nobody = await send(fabric, { from: engine, to: '10.0.99.99', port: 443 });
  expect(nobody.refusedBy).toStrictEqual(['route-table aws_vpc.main']);
  expect([outside.outcome, nobody.outcome]).toStrictEqual(['silent', 'silent']);
  // Link-local, like the VPC's own range, is looked for nowhere else.
  const linkLocal = await send(fabric, { from: gateway, to: '169.254.7.7', port: 80 });
  expect(linkLocal.refusedBy).toStrictEqual(['route-table aws_vpc.main']);
  // By its public address a machine is reached from outside: the answer, too, must enter by the ACL.
  const ownPublic = await send(fabric, { from: gateway, to: gatewayPublic, port: 443 });
  expect(ownPublic.refusedBy).toStrictEqual(['network-acl aws_network_acl.public']);
});

test('does not apply a network ACL inside a subnet, but does apply security groups there', async () => {
  const model = smallVpc();
  const [, engineMachine] = model.instances;
  if (engineMachine === undefined) throw new TypeError('the small VPC has an engine');
  const twin = {
    ...engineMachine,
    id: 'engine-1',
    networkInterface: { ...engineMachine.networkInterface, id: 'engine-1', privateAddress: '10.0.10.11' },
  };
  const self = { kind: 'security-group', address: 'aws_security_group.engine' } as const;
  const rule = {
    address: 'aws_x.self',
    description: '',
    protocol: 6,
    ports: { from: 7000, to: 7000 },
    peer: self,
  } as const;
  await using fabric = await start({
    ...model,
    instances: [...model.instances, twin],
    interfaces: [...model.interfaces, twin.networkInterface],
    securityGroups: model.securityGroups.map((group) =>
      group.name === 'engine' ? { ...group, ingress: [rule], egress: [rule] } : group,
    ),
  });
  // The private ACL admits 49136 alone.
  const inside = await send(fabric, { from: engine, to: '10.0.10.11', port: 7000 });
  expect({ outcome: inside.outcome, refusedBy: inside.refusedBy }).toStrictEqual({
    outcome: 'closed',
    refusedBy: [],
  });
  const other = await send(fabric, { from: engine, to: '10.0.10.11', port: 49136 });
  expect(other.refusedBy).toStrictEqual(['security-group aws_security_group.engine']);
});

let hidden = '';
beforeAll(() => {
  hidden = mkdtempSync(join(tmpdir(), 'drydock-hidden-'));
  writeFileSync(join(hidden, 'api-key'), 'not for programs');
});
afterAll(() => rmSync(hidden, { recursive: true }));

/** Two machines with a secret each; the one that is asked runs `script` and its standard error is returned. */
async function runBesideAnother(script: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const bothAreUp = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using fabric = await startFabric(compileFabric(smallVpc()), {
    onEvent(event) {
      if (event.kind === 'machine-log' && event.id === 'engine-0') bothAreUp.resolve();
      if (event.kind === 'machine-log' && event.id === 'gateway-0') lines.push(event.line);
      if (event.kind === 'machine-exit' && event.id === 'gateway-0') ended.resolve();
    },
    onLost: ended.reject,
  });
  const machine = {
    environment: { HIDDEN: hidden, ONLY: 'this', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    mounts: [],
    logFile: '/dev/null',
  };
  await fabric.startMachine({
    ...machine,
    id: 'engine-0',
    namespace: engine,
    command: ['/bin/sh', '-c', 'trap "exit 0" TERM; echo up >&2; sleep 60 & wait'],
    files: { 'secrets/theirs': 'the secret of another' },
    hiddenFolders: [],
  });
  await bothAreUp.promise;
  await fabric.startMachine({
    ...machine,
    id: 'gateway-0',
    namespace: gateway,
    command: ['/bin/sh', '-c', script],
    files: { 'secrets/mine': 'my own secret' },
    hiddenFolders: [hidden],
  });
  await ended.promise;
  return lines;
}

test('runs a machine without any capability: it can change neither rules nor routes nor mounts', async () => {
  const attempts = [
    'nft list ruleset',
    'ip route add 203.0.113.0/24 dev eth0',
    'ip link set eth0 down',
    'mount -t tmpfs x /mnt',
    'nsenter --net=/proc/1/ns/net true',
    'unshare --net true',
  ];
  const lines = await runBesideAnother(
    [
      'grep -E "^Cap(Eff|Prm|Bnd|Amb)" /proc/self/status >&2',
      // The tool is there, and what it asks for is refused.
      ...attempts.map(
        (attempt) => `${attempt.split(' ')[0]} -V >/dev/null 2>&1 || echo 'absent ${attempt}' >&2`,
      ),
      ...attempts.map((attempt) => `${attempt} >/dev/null 2>&1 && echo 'allowed ${attempt}' >&2`),
      'echo done >&2',
    ].join('\n'),
  );
  expect(lines.filter((line) => line.startsWith('Cap'))).toStrictEqual(
    ['Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000000`),
  );
  expect(lines.filter((line) => /^(absent|allowed)/.test(line))).toStrictEqual([]);
  expect(lines.at(-1)).toBe('done');
});

test('gives a machine its own environment and files alone, and neither sight of another nor a hand on it', async () => {
  const lines = await runBesideAnother(
    [
      'env >&2',
      'cat /run/drydock/secrets/mine >&2; echo >&2',
      'for root in /proc/[0-9]*/root; do cat $root/run/drydock/secrets/theirs $root/run/drydock-nodes/*/secrets/theirs >&2; done 2>/dev/null',
      'for path in /proc/[0-9]*; do echo "process $path" >&2; done',
      'for hidden in /run/netns /run/drydock-nodes "$HIDDEN"; do for entry in $hidden/*; do [ -e "$entry" ] && echo "sees $entry" >&2; done; done',
      'pwd >&2',
      'echo done >&2',
    ].join('\n'),
  );
  const names = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split('=')[0]);
  expect(names.sort()).toStrictEqual(['HIDDEN', 'ONLY', 'PATH', 'PWD']);
  expect(lines).toContain('my own secret');
  expect(lines.join('\n')).not.toContain('the secret of another');
  expect(lines.filter((line) => line.startsWith('process'))).toStrictEqual(['process /proc/1']);
  expect(lines.filter((line) => line.startsWith('sees'))).toStrictEqual([]);
  expect(lines.slice(-2)).toStrictEqual(['/', 'done']);
});

test('acknowledges at once what a machine receives, as the user data of our machines has it', async () => {
  const lines = await runBesideAnother('ip -4 route show default >&2; echo done >&2');
  expect(lines).toStrictEqual([expect.stringMatching(/^default via .* quickack 1/), 'done']);
});
