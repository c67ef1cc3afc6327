/** A running fabric gets a changed network: what lives on, what ends at once, and that packets then do what the new proof says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CompiledFabric, compileFabric } from '../../sim/compile/index.ts';
import { runDiffer } from '../../sim/differ/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import { prove } from '../../sim/prove/index.ts';
import type { VpcModel } from '../../sim/vpc/model.ts';
import { EchoServers, openEchoClient } from '../support/echo.ts';
import { aclRule, smallVpc } from '../unit/sim/small-vpc.ts';
import { admits, all, wideVpc } from '../unit/sim/wide-vpc.ts';

const gateway = 'eni-gateway-0';
const engine = 'eni-engine-0';
const fromInternet = { namespace: 'internet', address: '198.51.100.10', port: 443 };
const fromGateway = { namespace: gateway, address: '10.0.10.10', port: 49136 };

/** One fabric for all: each test begins with a reload of what it needs. */
const servers = new EchoServers();
let fabric: StartedFabric;
beforeAll(async () => {
  fabric = await startFabric(compileFabric(smallVpc()), {
    onEvent: servers.onEvent,
    onLost: (error) => {
      throw error;
    },
  });
});
afterAll(() => fabric[Symbol.asyncDispose]());

async function disagreements(model: VpcModel) {
  const report = await runDiffer(model, { fabric, probesMax: 200 });
  expect(report.probes).toBeGreaterThan(0);
  return report.disagreements;
}

/** 443 of the gateway is open to everyone and every answer may leave: AWS does not track that. */
function untrackedVpc(): VpcModel {
  const model = smallVpc();
  const open = (list: VpcModel['networkAcls'][number]) => ({
    ...list,
    ingress: [aclRule('aws_x.in', { number: 1, action: 'allow', from: 0, to: 65_535, cidr: '0.0.0.0/0' })],
    egress: [aclRule('aws_x.out', { number: 1, action: 'allow', from: 0, to: 65_535, cidr: '0.0.0.0/0' })],
  });
  return {
    ...model,
    networkAcls: model.networkAcls.map(open),
    securityGroups: model.securityGroups.map((group) =>
      group.name === 'gateway' ? { ...group, egress: [admits(all, '0.0.0.0/0')] } : group,
    ),
  };
}

const withoutIngress = (model: VpcModel): VpcModel => ({
  ...model,
  securityGroups: model.securityGroups.map((group) => ({ ...group, ingress: [] })),
});

const withDeny = (model: VpcModel): VpcModel => ({
  ...model,
  networkAcls: model.networkAcls.map((list) =>
    list.address === 'aws_network_acl.private'
      ? {
          ...list,
          ingress: [
            aclRule('aws_x.deny', { number: 1, action: 'deny', from: 49136, to: 49136, cidr: '0.0.0.0/0' }),
            ...list.ingress,
          ],
        }
      : list,
  ),
});

test('ends an untracked connection with its rule and keeps a tracked one, which a network ACL then ends at once', async () => {
  const model = untrackedVpc();
  await fabric.reload(compileFabric(model));
  await servers.start(fabric, [
    { id: 'gateway-0', namespace: gateway, port: 443 },
    { id: 'engine-0', namespace: engine, port: 49136 },
  ]);
  using untracked = await openEchoClient(fabric, fromInternet);
  using tracked = await openEchoClient(fabric, fromGateway);
  expect([await untracked.echoes(2_000), await tracked.echoes(2_000)]).toStrictEqual([true, true]);

  const rules = await fabric.reload(compileFabric(withoutIngress(model)));
  expect(rules).toMatchObject({ added: [], removed: [], remade: [], touched: [gateway, engine] });
  using late = await openEchoClient(fabric, fromGateway);
  const seen = await Promise.all([untracked.echoes(), tracked.echoes(2_000), late.echoes()]);
  expect({ untracked: seen[0], tracked: seen[1], begunAfterwards: seen[2] }).toStrictEqual({
    untracked: false,
    tracked: true,
    begunAfterwards: false,
  });

  const [router] = fabric.fabric.routers;
  const acl = await fabric.reload(compileFabric(withDeny(withoutIngress(model))));
  expect(acl).toMatchObject({ added: [], removed: [], remade: [], touched: [router?.namespace] });
  expect(await tracked.echoes()).toBe(false);

  // What waits is sent again: both go on where they were.
  await fabric.reload(compileFabric(model));
  expect(await Promise.all([untracked.echoes(5_000), tracked.echoes(5_000)])).toStrictEqual([true, true]);
  expect(servers.ended).toStrictEqual([]);
});

test('leaves a namespace alone whose text is the same, and says so', async () => {
  const model = wideVpc();
  await fabric.reload(compileFabric(model));
  const same = await fabric.reload(compileFabric(wideVpc()));
  expect(same).toMatchObject({ added: [], removed: [], remade: [], touched: [] });
  expect(same.unchanged).toStrictEqual(fabric.fabric.namespaces);
  const fewer = model.interfaces.filter(({ id }) => id !== 'beside');
  const [main, , twin] = fabric.fabric.routers;
  const gone = await fabric.reload(compileFabric({ ...model, interfaces: fewer }));
  // Its router, the edge that translated for it, the internet that led there, and those whose groups it was a member of.
  expect(gone).toMatchObject({ added: [], removed: ['eni-beside'], remade: [] });
  expect(gone.touched).toEqual(expect.arrayContaining([main?.namespace, 'internet', 'eni-web', 'eni-app']));
  expect(gone.unchanged).toEqual(
    expect.arrayContaining([twin?.namespace, 'eni-far', 'eni-twin', 'eni-open']),
  );
  // The interface is free for another reload, under its old name.
  expect(await fabric.reload(compileFabric(model))).toMatchObject({ added: ['eni-beside'], removed: [] });
  // With another address it is another interface, as on AWS.
  const moved = model.interfaces.map((one) =>
    one.id === 'beside' ? { ...one, privateAddress: '10.0.0.99' } : one,
  );
  const anew = await fabric.reload(compileFabric({ ...model, interfaces: moved }));
  expect(anew).toMatchObject({ added: [], removed: [], remade: ['eni-beside'] });
  expect(await disagreements({ ...model, interfaces: moved })).toStrictEqual([]);
});

test('does with packets what the new proof says, from the smallest network to one with everything and back', async () => {
  await fabric.reload(compileFabric(smallVpc()));
  await servers.start(fabric, [{ id: 'late', namespace: engine, port: 49136 }]);
  for (const model of [wideVpc(), smallVpc()]) {
    await fabric.reload(compileFabric(model));
    expect(await disagreements(model)).toStrictEqual([]);
    expect(servers.ended).toContain('late');
  }
});

test('tells that a lost range of ephemeral ports makes a flow depend on its source port, and packets agree', async () => {
  const model = smallVpc();
  const answers = (from: number): VpcModel => ({
    ...model,
    networkAcls: model.networkAcls.map((list) =>
      list.address === 'aws_network_acl.private'
        ? { ...list, egress: list.egress.map((rule) => ({ ...rule, ports: { from, to: 65_535 } })) }
        : list,
    ),
  });
  const verdict = (of: VpcModel) =>
    prove(of).flows.find(
      ({ from, to }) => from === 'aws_instance.gateway-0' && to === 'aws_instance.engine-0',
    )?.verdict;
  await fabric.reload(compileFabric(answers(1024)));
  expect(verdict(answers(1024))).toMatchObject({ kind: 'always' });
  await fabric.reload(compileFabric(answers(32_768)));
  expect(verdict(answers(32_768))).toMatchObject({
    kind: 'depends',
    sourcePorts: [{ from: 32_768, to: 65_535 }],
  });
  const ports = [32_767, 32_768];
  const seen = await fabric.probePackets(
    ports.map((sourcePort) => ({
      from: { namespace: gateway, address: '10.0.0.20' },
      to: '10.0.10.10',
      protocol: 'tcp',
      sourcePort,
      port: 49136,
    })),
    { timeoutMs: 900 },
  );
  expect(seen.map(({ isDelivered, isAnswered }) => [isDelivered, isAnswered])).toStrictEqual([
    [true, false],
    [true, true],
  ]);
});

const failures: readonly [why: string, RegExp, (fabric: CompiledFabric) => CompiledFabric][] = [
  [
    'rules that cannot be loaded',
    /the rules of eni-web cannot be loaded: /,
    (fabric) => ({
      ...fabric,
      rules: { ...fabric.rules, 'eni-web': 'table inet x {\n  nonsense\n}\n' },
    }),
  ],
  [
    'a route that cannot be made, after everything else was',
    /: could not route in internet: /,
    (fabric) => {
      const { ipv4 = '', ipv6 = '' } = fabric.addresses.internet ?? {};
      const text = { ipv4: `${ipv4}route add 192.0.2.0/24 dev nowhere\n`, ipv6 };
      return { ...fabric, addresses: { ...fabric.addresses, internet: text } };
    },
  ],
];

test('keeps the old network in force where the new one cannot be, and nothing half made stands in the way', async () => {
  const model = smallVpc();
  await fabric.reload(compileFabric(model));
  const before = fabric.fabric;
  for (const [why, message, broken] of failures) {
    const error = await fabric.reload(broken(compileFabric(wideVpc()))).catch((caught: unknown) => caught);
    expect({ why, error }).toMatchObject({
      error: { code: 'SIM_RELOAD_FAILED', message: expect.stringMatching(message) },
    });
    expect(error).toMatchObject({ message: expect.stringMatching(/; the old one stays, /) });
    expect(fabric.fabric).toBe(before);
    expect({ why, disagreements: await disagreements(model) }).toStrictEqual({ why, disagreements: [] });
  }
  await fabric.reload(compileFabric(wideVpc()));
});
