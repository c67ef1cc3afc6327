/** Flow logs of real packets, as AWS writes them, and which rule refused beside each refusal. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { type PacketProbe, type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import type { VpcModel } from '../../sim/vpc/model.ts';
import { EchoServers, openEchoClient } from '../support/echo.ts';
import { smallVpc } from '../unit/sim/small-vpc.ts';
import { addresses, wideVpc } from '../unit/sim/wide-vpc.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-flow-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(model: VpcModel, onEvent: EchoServers['onEvent'] = () => undefined): Promise<StartedFabric> {
  return startFabric(compileFabric(model), {
    onEvent,
    onLost: (error) => {
      throw error;
    },
    flowLogs: { folder },
  });
}

interface Line {
  readonly interface: string;
  readonly interfaceId: string;
  readonly logStatus: string;
  readonly action?: string;
  readonly direction?: string;
  readonly refusedBy?: { readonly address: string; readonly layer: string };
}

const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');
const extended = (): readonly Line[] => linesOf('flow-logs.jsonl').map((line): Line => JSON.parse(line));

/** `endpoint direction action src:port > dst:port protocol packets/bytes`, of both files together. */
function records(): readonly string[] {
  const told = extended();
  const [, ...lines] = linesOf('flow-logs.log');
  return lines.flatMap((line, index) => {
    const [version, account, id, src, dst, sport, dport, protocol, packets, bytes, , , action, status] =
      line.split(' ');
    const also = told[index];
    expect({ version, account, id, status }).toStrictEqual({
      version: '2',
      account: '123456789012',
      id: also?.interfaceId,
      status: also?.logStatus,
    });
    if (status !== 'OK') return [];
    const name = also?.interface.replace('aws_network_interface.', '').replace('aws_instance.', '');
    return [
      `${name} ${also?.direction} ${action} ${src}:${sport} > ${dst}:${dport} ${protocol} ${packets}/${bytes}`,
    ];
  });
}

const probe = (
  from: readonly [namespace: string, address: string],
  to: string,
  [protocol, port, sourcePort]: readonly [PacketProbe['protocol'], number?, number?],
): PacketProbe => ({
  from: { namespace: from[0], address: from[1] },
  to,
  protocol,
  ...(port !== undefined && { port }),
  ...(sourcePort !== undefined && { sourcePort }),
});

test('shows an answer that a network ACL drops as ACCEPT in and REJECT out, with the rule that dropped it', async () => {
  await using fabric = await start(smallVpc());
  const gateway = ['eni-gateway-0', '10.0.0.20'] as const;
  await fabric.probePackets([probe(gateway, '10.0.10.10', ['tcp', 49136, 2000])], { timeoutMs: 900 });
  await fabric.flushFlowLogs();
  expect(records().toSorted()).toStrictEqual([
    'engine-0 egress REJECT 10.0.10.10:49136 > 10.0.0.20:2000 6 1/40',
    'engine-0 ingress ACCEPT 10.0.0.20:2000 > 10.0.10.10:49136 6 1/40',
    'gateway-0 egress ACCEPT 10.0.0.20:2000 > 10.0.10.10:49136 6 1/40',
  ]);
  const refusal = extended().find(({ action }) => action === 'REJECT');
  expect(refusal?.refusedBy).toMatchObject({ address: 'aws_network_acl.private', layer: 'network-acl' });
  // Over a reload each refusal keeps the name that was in force.
  const dial = (port: number) =>
    fabric.probePackets([probe(['internet', '8.8.8.8'], '198.51.100.10', ['tcp', port, 40_000])], {
      timeoutMs: 900,
    });
  await dial(22);
  await fabric.reload(compileFabric(wideVpc()));
  await dial(444);
  await fabric.flushFlowLogs();
  expect(extended().flatMap(({ refusedBy }) => refusedBy?.address ?? [])).toStrictEqual([
    'aws_network_acl.private',
    'aws_network_acl.public',
    'aws_security_group.web',
  ]);
});

test('logs every interface of a way by its private address, and nothing that AWS does not log', async () => {
  const { web, app, far, nat } = addresses;
  await using fabric = await start(wideVpc());
  const internet = ['internet', '8.8.8.8'] as const;
  const [atWeb, atApp] = [['eni-web', web.private] as const, ['eni-app', app.private] as const];
  await fabric.probePackets(
    [
      probe(internet, web.public, ['tcp', 443, 40_000]),
      probe(internet, web.public, ['tcp', 444, 40_001]),
      probe(internet, web.public, ['tcp', 3389, 40_002]),
      probe(internet, web.public, ['icmp']),
      probe(atWeb, app.private, ['tcp', 8080, 40_003]),
      probe(atApp, '8.8.8.8', ['tcp', 443, 40_004]),
      probe(['eni-far', far.private], '10.1.0.2', ['udp', 53, 40_005]),
      probe(['eni-far', far.private], '169.254.169.254', ['tcp', 80, 40_006]),
    ],
    { timeoutMs: 900 },
  );
  await fabric.flushFlowLogs();
  const natName = 'aws_nat_gateway.main';
  expect(records().toSorted()).toStrictEqual(
    [
      `web ingress ACCEPT 8.8.8.8:40000 > ${web.private}:443 6 1/40`,
      `web egress ACCEPT ${web.private}:443 > 8.8.8.8:40000 6 1/40`,
      `web ingress REJECT 8.8.8.8:40001 > ${web.private}:444 6 1/40`,
      `web ingress REJECT 8.8.8.8:40002 > ${web.private}:3389 6 1/40`,
      `web ingress ACCEPT 8.8.8.8:0 > ${web.private}:0 1 1/36`,
      `web egress ACCEPT ${web.private}:0 > 8.8.8.8:0 1 1/36`,
      `web egress ACCEPT ${web.private}:40003 > ${app.private}:8080 6 1/40`,
      `web ingress ACCEPT ${app.private}:8080 > ${web.private}:40003 6 1/40`,
      `app ingress ACCEPT ${web.private}:40003 > ${app.private}:8080 6 1/40`,
      `app egress ACCEPT ${app.private}:8080 > ${web.private}:40003 6 1/40`,
      `app egress ACCEPT ${app.private}:40004 > 8.8.8.8:443 6 1/40`,
      `app ingress ACCEPT 8.8.8.8:443 > ${app.private}:40004 6 1/40`,
      `${natName} ingress ACCEPT ${app.private}:40004 > ${nat.private}:443 6 1/40`,
      `${natName} egress ACCEPT ${nat.private}:40004 > 8.8.8.8:443 6 1/40`,
      `${natName} ingress ACCEPT 8.8.8.8:443 > ${nat.private}:40004 6 1/40`,
      `${natName} egress ACCEPT ${nat.private}:443 > ${app.private}:40004 6 1/40`,
    ].toSorted(),
  );
  const refused = extended().flatMap(({ refusedBy }) =>
    refusedBy ? [`${refusedBy.layer} ${refusedBy.address}`] : [],
  );
  expect(refused.toSorted()).toStrictEqual([
    'network-acl aws_network_acl_rule.n90',
    'security-group aws_security_group.web',
  ]);
  const silent = extended().filter(({ logStatus }) => logStatus === 'NODATA');
  expect(silent.map((line) => line.interface)).toContain('aws_network_interface.far');
});

test('counts what lives on interval by interval, and tells at the end what is left', async () => {
  const servers = new EchoServers();
  {
    await using fabric = await start(wideVpc(), servers.onEvent);
    await servers.start(fabric, [{ id: 'app', namespace: 'eni-app', port: 8080 }]);
    using client = await openEchoClient(fabric, {
      namespace: 'eni-web',
      address: addresses.app.private,
      port: 8080,
    });
    for (let interval = 0; interval < 3; interval++) {
      expect(await client.echoes(5_000)).toBe(true);
      // The last one ends with the fabric.
      if (interval < 2) await fabric.flushFlowLogs();
    }
  }
  for (const [at, direction] of [
    ['web', 'egress'],
    ['app', 'ingress'],
  ])
    expect(records().filter((line) => line.startsWith(`${at} ${direction} ACCEPT`))).toStrictEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/:\d+ > 10\.0\.10\.10:8080 6 \d+\/\d+$/)),
    );
  const silent = extended().filter(({ logStatus }) => logStatus === 'NODATA');
  expect(silent.filter((line) => line.interface === 'aws_network_interface.far')).toHaveLength(3);
});
