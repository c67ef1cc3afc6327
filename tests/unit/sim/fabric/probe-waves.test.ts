import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import type { PacketProbe } from '../../../../sim/fabric/packet-probe.ts';
import { addressPlaces, numberProbes, wavesOf } from '../../../../sim/fabric/probe-waves.ts';
import { addresses, wideVpc } from '../wide-vpc.ts';

const places = addressPlaces(compileFabric(wideVpc()));

function probe(from: string, to: string, [sourcePort, port]: readonly [number, number]): PacketProbe {
  return { from: { namespace: 'any', address: from }, to, protocol: 'udp', sourcePort, port };
}

function waves(...probes: readonly PacketProbe[]): readonly number[] {
  return wavesOf(numberProbes(probes), places).map((wave) => wave.length);
}

const { web, app, beside } = addresses;

const apart = [
  {
    name: 'the same connection twice',
    pair: [probe('8.8.8.8', web.private, [1, 2]), probe('8.8.8.8', web.private, [1, 2])],
  },
  {
    name: 'a connection and its answer',
    pair: [probe(app.private, web.private, [1, 2]), probe(web.private, app.private, [2, 1])],
  },
  {
    name: 'a connection to a public address and its answer from the private one',
    pair: [probe('8.8.8.8', web.public, [1, 2]), probe(web.private, '8.8.8.8', [2, 1])],
  },
  {
    name: 'two that a NAT gateway would have to tell apart by another port',
    pair: [probe(app.private, '8.8.8.8', [1, 2]), probe(beside.private, '8.8.8.8', [1, 2])],
  },
] as const;

test.each(apart)('keeps $name in waves apart', ({ pair }) => {
  expect(waves(...pair)).toStrictEqual([1, 1]);
});

test('sends in one wave what has nothing to do with each other, up to a bound', () => {
  const many = Array.from({ length: 150 }, (_, index) => probe(app.private, web.private, [index, 80]));
  expect(waves(...many)).toStrictEqual([64, 64, 22]);
});

test('gives a probe without a source port one of its own', () => {
  const bare: PacketProbe = {
    from: { namespace: 'any', address: '8.8.8.8' },
    to: web.public,
    protocol: 'icmp',
  };
  const ports = numberProbes([bare, bare]).map(({ sourcePort }) => sourcePort);
  expect(new Set(ports).size).toBe(2);
});

test('knows where a packet may arrive: at whoever has the address, in any VPC, or on the internet', () => {
  expect(places.placesOf(web.public)).toStrictEqual(['eni-web']);
  expect(places.placesOf('10.0.10.10')).toStrictEqual(['eni-app', 'eni-twin']);
  expect(places.placesOf('8.8.8.8')).toStrictEqual(['internet']);
  expect(places.placesOf('169.254.169.254')).toHaveLength(3);
  expect(places.placesOf(addresses.s3).map((place) => place.replace(/-\w+$/, ''))).toStrictEqual([
    'endpoint',
    'internet',
  ]);
});
