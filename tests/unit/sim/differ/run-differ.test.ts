/** How packets are held against judge and proof: on a network that does as judged, and on ones that do not. */
import { expect, test } from 'vitest';
import {
  countProbes,
  modelOracle,
  type Oracle,
  type ProbedFabric,
  runDiffer,
} from '../../../../sim/differ/index.ts';
import { judge, type Packet, prepareModel } from '../../../../sim/prove/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { distinctVpc, groupRule, smallVpc } from '../small-vpc.ts';

type Probe = Parameters<ProbedFabric['probePackets']>[0][number];
type Outcome = Awaited<ReturnType<ProbedFabric['probePackets']>>[number];

const gatewayPublic = '198.51.100.10';

/** Does with every probe what the judge says of its packet, unless `change` wants otherwise. */
function network(
  model: VpcModel,
  change: (probe: Probe, outcome: Outcome, round: number) => Outcome = (_, seen) => seen,
) {
  const prepared = prepareModel(model);
  const rounds: (readonly Probe[])[] = [];
  const fabric: ProbedFabric = {
    fabric: {
      interfaces: model.interfaces.map(({ id }) => ({ id, namespace: `eni-${id}` })),
      internet: { namespace: 'internet' },
    },
    async probePackets(probes) {
      rounds.push(probes);
      return probes.map((probe) => {
        const { delivered, answered } = judge(prepared, packetOf(model, probe));
        return change(
          probe,
          { isDelivered: delivered === 'yes', isAnswered: answered === 'yes' },
          rounds.length,
        );
      });
    },
  };
  return { fabric, rounds };
}

function packetOf(model: VpcModel, { from, to, protocol, sourcePort = 0, port = 0 }: Probe): Packet {
  const own = model.interfaces.find(({ id }) => `eni-${id}` === from.namespace);
  const other = model.interfaces.find((one) => [one.privateAddress, one.publicAddress].includes(to));
  return {
    source: own
      ? { kind: 'interface', id: own.id, address: from.address }
      : { kind: 'internet', address: from.address },
    destination: other ? { kind: 'interface', id: other.id, address: to } : { kind: 'internet', address: to },
    traffic: protocol === 'icmp' ? { protocol, type: 8, code: 0 } : { protocol, sourcePort, port },
  };
}

test('finds nothing on a network that does as the proof says, and counts what it compared', async () => {
  const model = smallVpc();
  const { fabric, rounds } = network(model);
  const report = await runDiffer(model, { fabric });
  const { tcp, udp, icmp } = report.byProtocol;
  expect(report).toMatchObject({ disagreements: [], collapsed: [], notProbed: [], notCompared: [] });
  expect(report.probes).toBe(rounds.flat().length);
  expect(report.agreements).toBe(report.probes);
  expect(report.secondLooks).toBe(0);
  expect([tcp + udp + icmp, tcp > udp, icmp > 0]).toStrictEqual([report.probes, true, true]);
});

test('plans every probe of a network whose every rule has boundaries of its own', async () => {
  const model = distinctVpc();
  const { probes, agreements } = await runDiffer(model, { fabric: network(model).fabric });
  expect(probes).toBe(countProbes(model).total);
  expect(agreements).toBe(probes);
});

test('tells of a packet that arrives against the proof, with what each side says and every layer', async () => {
  const model = smallVpc();
  const { fabric } = network(model, ({ to, protocol, port, sourcePort, from }, outcome) => {
    const isOpened =
      from.address === '203.0.113.10' &&
      to === gatewayPublic &&
      protocol === 'tcp' &&
      port === 442 &&
      sourcePort === 1024;
    return isOpened ? { isDelivered: true, isAnswered: true } : outcome;
  });
  const { disagreements, agreements, probes } = await runDiffer(model, { fabric });
  expect(disagreements).toMatchObject([
    {
      from: '203.0.113.10',
      to: `aws_instance.gateway-0 (${gatewayPublic})`,
      protocol: 'tcp',
      family: 4,
      port: 442,
      sourcePort: 1024,
      proof: { delivered: 'no', answered: 'no' },
      judge: { delivered: 'no', answered: 'no' },
      packets: { delivered: 'yes', answered: 'yes' },
    },
  ]);
  expect(disagreements[0]?.layers.map(({ address }) => address)).toContain('aws_network_acl.public');
  expect(agreements).toBe(probes - 1);
});

test('looks a second time at silence where a packet was expected, and takes the second look', async () => {
  const model = smallVpc();
  const isHttps = ({ to, port }: Probe) => to === gatewayPublic && port === 443;
  const silence = { isDelivered: false, isAnswered: false };
  const late = network(model, (probe, outcome, round) => (isHttps(probe) && round === 1 ? silence : outcome));
  const seen = await runDiffer(model, { fabric: late.fabric });
  const again = late.rounds[1] ?? [];
  expect(seen).toMatchObject({ disagreements: [], secondLooks: again.length });
  expect(again.length).toBeGreaterThan(0);
  expect(again.every(isHttps)).toBe(true);

  const lost = network(model, (probe, outcome) => (isHttps(probe) ? silence : outcome));
  expect((await runDiffer(model, { fabric: lost.fabric })).disagreements).toHaveLength(again.length);
  expect(lost.rounds).toHaveLength(2);
});

test('looks only once at a packet that arrives unexpectedly', async () => {
  const model = smallVpc();
  const { fabric, rounds } = network(model, () => ({ isDelivered: true, isAnswered: true }));
  const { disagreements } = await runDiffer(model, { fabric });
  expect(disagreements.length).toBeGreaterThan(0);
  expect(rounds).toHaveLength(1);
});

test('takes a packet that arrives at somebody else for one that did not arrive', async () => {
  const model = smallVpc();
  const { fabric } = network(model, ({ to, port }, outcome) =>
    to === gatewayPublic && port === 443 ? { ...outcome, arrivedIn: 'eni-engine-0' } : outcome,
  );
  const { disagreements } = await runDiffer(model, { fabric });
  expect(disagreements.length).toBeGreaterThan(0);
  expect(new Set(disagreements.map(({ packets }) => packets.delivered))).toStrictEqual(new Set(['no']));
});

test('finds where the proof says something else than packets and judge', async () => {
  const model = smallVpc();
  const oracle: Oracle = {
    ...modelOracle(model),
    answer: () => ({ delivered: { kind: 'never' }, verdict: { kind: 'never' } }),
  };
  const { disagreements } = await runDiffer(model, { fabric: network(model).fabric, oracle });
  expect(disagreements.length).toBeGreaterThan(0);
  expect(disagreements[0]).toMatchObject({
    proof: { delivered: 'no', answered: 'no' },
    judge: { delivered: 'yes' },
    packets: { delivered: 'yes' },
  });
});

test('sends no packet of which nothing is known, and lists the pair with its cause', async () => {
  const model = smallVpc();
  const cause = { address: 'aws_security_group.gateway', reason: 'ingress: known after apply' };
  const uncertain = { ...groupRule('aws_x.unknown', 443, { kind: 'any' }), uncertain: cause };
  const doubtful = {
    ...model,
    securityGroups: model.securityGroups.map((group) =>
      group.name === 'gateway' ? { ...group, ingress: [uncertain] } : group,
    ),
  };
  const { fabric, rounds } = network(doubtful);
  const { notCompared, disagreements } = await runDiffer(doubtful, { fabric });
  expect(disagreements).toStrictEqual([]);
  expect(notCompared).toContainEqual({
    from: '203.0.113.10',
    to: `aws_instance.gateway-0 (${gatewayPublic})`,
    protocol: 'tcp',
    probes: expect.any(Number),
    causes: [cause],
  });
  const sent = rounds
    .flat()
    .filter(({ from, protocol }) => from.namespace === 'internet' && protocol === 'tcp');
  expect(sent.filter(({ to, port }) => to === gatewayPublic && port === 443)).toStrictEqual([]);
  expect(sent.filter(({ to, port }) => to === gatewayPublic && port === 442)).not.toStrictEqual([]);
});

test('tells of an answer that is lost though the packet arrives', async () => {
  const model = smallVpc();
  const { fabric } = network(model, ({ to, port }, outcome) =>
    to === gatewayPublic && port === 443 ? { ...outcome, isAnswered: false } : outcome,
  );
  const { disagreements } = await runDiffer(model, { fabric });
  expect(disagreements[0]).toMatchObject({
    port: 443,
    proof: { delivered: 'yes', answered: 'yes' },
    packets: { delivered: 'yes', answered: 'no' },
  });
});

test('holds nothing against what is not known, and the rest of the same probe all the same', async () => {
  const model = smallVpc();
  const cause = { address: 'aws_network_acl.public', reason: 'egress: known after apply' };
  const doubtful = {
    ...model,
    networkAcls: model.networkAcls.map((list) => ({
      ...list,
      egress: list.egress.map((rule) => ({ ...rule, uncertain: cause })),
    })),
  };
  const isHttps = ({ from, to, port }: Probe) =>
    from.namespace === 'internet' && to === gatewayPublic && port === 443;
  for (const isAnswered of [true, false]) {
    const { fabric } = network(doubtful, (probe, outcome) =>
      isHttps(probe) ? { ...outcome, isAnswered } : outcome,
    );
    expect((await runDiffer(doubtful, { fabric })).disagreements).toStrictEqual([]);
  }
  const silence = { isDelivered: false, isAnswered: false };
  const { fabric } = network(doubtful, (probe, outcome) => (isHttps(probe) ? silence : outcome));
  const { disagreements } = await runDiffer(doubtful, { fabric });
  expect(disagreements[0]).toMatchObject({
    port: 443,
    judge: { delivered: 'yes', answered: 'unknown' },
    packets: { delivered: 'no' },
  });
});
