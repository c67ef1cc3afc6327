import { expect, test } from 'vitest';
import { addressBytes, addressText } from '../../../../sim/fabric/addresses.ts';
import type { CountedConnection } from '../../../../sim/fabric/flow-logs/connection-messages.ts';
import { openInterval } from '../../../../sim/fabric/flow-logs/flow-interval.ts';
import { flowLogLines, interfaceId } from '../../../../sim/fabric/flow-logs/flow-log-lines.ts';
import {
  addressKey,
  type MonitoredInterface,
} from '../../../../sim/fabric/flow-logs/monitored-interfaces.ts';
import type { RefusedPacket } from '../../../../sim/fabric/flow-logs/refusal-messages.ts';

const web: MonitoredInterface = {
  name: 'aws_instance.web',
  namespace: 'eni-web',
  router: 'router-x',
  link: 'e-x',
  addresses: ['10.0.0.10', '2600:1f00::10'].map(addressBytes),
  unlogged: new Set([addressKey(addressBytes('10.0.0.2'))]),
  isNatGateway: false,
};

function tuple(
  source: string,
  destination: string,
  [sourcePort, port]: readonly [number, number],
  protocol = 6,
) {
  return {
    protocol,
    source: addressBytes(source),
    destination: addressBytes(destination),
    sourcePort,
    port,
  };
}

function connection(
  [source, destination]: readonly [string, string],
  counts: { readonly out: readonly [number, number]; readonly back?: readonly [number, number] },
  protocol = 6,
): CountedConnection {
  const { out, back = [0, 0] } = counts;
  return {
    original: { ...tuple(source, destination, [40_000, 443], protocol), packets: out[0], bytes: out[1] },
    reply: { ...tuple(destination, source, [443, 40_000], protocol), packets: back[0], bytes: back[1] },
  };
}

const refusal = (direction: 'ingress' | 'egress', rest: Partial<RefusedPacket>): RefusedPacket => ({
  ...tuple('10.0.0.10', '8.8.8.8', [40_000, 443]),
  direction,
  refusedBy: 'c1',
  bytes: 60,
  fromLink: 0,
  toLink: 0,
  isCounted: false,
  ...rest,
});

/** `direction action packets/bytes`. */
const shown = (interval: ReturnType<typeof openInterval>) =>
  interval
    .close([web], 60_000)
    .records.map(({ direction, action, packets, bytes }) => `${direction} ${action} ${packets}/${bytes}`);

test('writes one record for each direction that carried something, and adds up what the kernel tells in parts', () => {
  const interval = openInterval(0);
  interval.addConnection(web, connection(['10.0.0.10', '8.8.8.8'], { out: [2, 100], back: [1, 40] }), 1_000);
  interval.addConnection(web, connection(['10.0.0.10', '8.8.8.8'], { out: [1, 50] }), 2_000);
  expect(shown(interval)).toStrictEqual(['egress ACCEPT 3/150', 'ingress ACCEPT 1/40']);
});

test('takes what a network ACL refuses on its way out from what the interface has counted', () => {
  const interval = openInterval(0);
  interval.addConnection(web, connection(['10.0.0.10', '8.8.8.8'], { out: [3, 180] }), 1_000);
  interval.addRefusal(web, refusal('egress', { fromLink: 3, toLink: 4 }), 1_000);
  expect(shown(interval)).toStrictEqual(['egress ACCEPT 2/120', 'egress REJECT 1/60']);
});

test('writes no ACCEPT where every packet was refused on its way', () => {
  const interval = openInterval(0);
  interval.addConnection(web, connection(['10.0.0.10', '8.8.8.8'], { out: [1, 60] }), 1_000);
  interval.addRefusal(web, refusal('egress', { fromLink: 3, toLink: 4 }), 1_000);
  expect(shown(interval)).toStrictEqual(['egress REJECT 1/60']);
});

test('takes what a security group refuses from the count only where it was counted', () => {
  for (const [isCounted, accepted] of [
    [true, 'egress ACCEPT 1/60'],
    [false, 'egress ACCEPT 2/120'],
  ] as const) {
    const interval = openInterval(0);
    interval.addConnection(web, connection(['10.0.0.10', '8.8.8.8'], { out: [2, 120] }), 1_000);
    interval.addRefusal(web, refusal('egress', { toLink: 2, isCounted }), 1_000);
    expect(shown(interval)).toStrictEqual([accepted, 'egress REJECT 1/60']);
  }
});

test.each([
  ['the resolver', ['10.0.0.10', '10.0.0.2']],
  ['multicast', ['10.0.0.10', '224.0.0.1']],
  ['multicast of IPv6', ['2600:1f00::10', 'ff02::1']],
  ['itself', ['10.0.0.10', '10.0.0.10']],
  ['others', ['10.9.9.9', '10.9.9.8']],
] as const)('logs nothing of %s', (_what, ends) => {
  const interval = openInterval(0);
  interval.addConnection(web, connection(ends, { out: [1, 60], back: [1, 60] }), 1_000);
  expect(shown(interval)).toStrictEqual([]);
});

test('says NODATA of an interface without traffic, and SKIPDATA where flows could not be kept', () => {
  const quiet = openInterval(0).close([web], 60_000);
  expect([quiet.silent, quiet.skipped]).toStrictEqual([[web.name], []]);
  const lost = openInterval(0);
  lost.markLost(web);
  expect(lost.close([web], 60_000)).toMatchObject({ silent: [], skipped: [web.name] });
  const full = openInterval(0, 2);
  for (const port of [1, 2, 3, 1]) full.addRefusal(web, refusal('ingress', { port }), 1_000);
  const { records, skipped } = full.close([web], 60_000);
  expect([records.map(({ port, packets }) => [port, packets]), skipped]).toStrictEqual([
    [
      [1, 2],
      [2, 1],
    ],
    [web.name],
  ]);
});

test('writes records as AWS does, with the same interface id in every run', () => {
  const id = interfaceId('aws_instance.web');
  expect(id).toMatch(/^eni-[0-9a-f]{17}$/);
  expect([id, interfaceId('aws_instance.app')]).toStrictEqual([
    'eni-34a62f9385c1344bf',
    expect.not.stringMatching(id),
  ]);
  const interval = openInterval(1_418_530_010_000);
  interval.addConnection(
    web,
    { ...connection(['172.31.16.139', '10.0.0.10'], { out: [20, 4249] }), startMs: 1_418_530_011_500 },
    1_418_530_070_000,
  );
  interval.addRefusal(
    web,
    refusal('ingress', { ...tuple('8.8.8.8', '198.51.100.10', [0, 0], 1) }),
    1_418_530_020_000,
  );
  const meaning = {
    namespace: 'eni-web',
    layer: 'security-group',
    direction: 'ingress',
    verdict: 'deny',
    address: 'aws_security_group.web',
    text: 'default',
  } as const;
  const lines = flowLogLines(
    {
      ...interval.close([web], 1_418_530_070_000),
      silent: ['aws_instance.app'],
      skipped: ['aws_instance.app'],
    },
    { c1: meaning },
  );
  const app = interfaceId('aws_instance.app');
  expect(lines.map(({ aws }) => aws)).toStrictEqual([
    `2 123456789012 ${id} 172.31.16.139 10.0.0.10 40000 443 6 20 4249 1418530011 1418530070 ACCEPT OK`,
    `2 123456789012 ${id} 8.8.8.8 10.0.0.10 0 0 1 1 60 1418530020 1418530020 REJECT OK`,
    `2 123456789012 ${app} - - - - - - - 1418530010 1418530070 - NODATA`,
    `2 123456789012 ${app} - - - - - - - 1418530010 1418530070 - SKIPDATA`,
  ]);
  expect(lines[1]?.extended).toMatchObject({
    interface: 'aws_instance.web',
    direction: 'ingress',
    refusedBy: { address: 'aws_security_group.web', layer: 'security-group', text: 'default' },
  });
});

test.each(['10.0.0.10', '2600:1f00:0:100::10', '::1', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:8'])(
  'writes the address %s as it was read',
  (address) => expect(addressText(addressBytes(address))).toBe(address),
);
