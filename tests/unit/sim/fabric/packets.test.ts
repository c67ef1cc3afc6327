import { expect, test } from 'vitest';
import type { PacketProbe } from '../../../../sim/fabric/packet-probe.ts';
import { probePacket, sight, udpAnswer } from '../../../../sim/fabric/packets.ts';

const mark = { firstSequence: 0xffff_fffe, magic: 0xdead_beef };
const from = (address: string) => ({ namespace: 'eni-a', address });

function packet(probe: PacketProbe, number = 3): Buffer {
  return probePacket({ probe, number, sourcePort: 5000 }, mark);
}

const probes: readonly { name: string; probe: PacketProbe; family: 4 | 6; protocol: number }[] = [
  {
    name: 'TCP over IPv4',
    probe: { from: from('10.0.0.1'), to: '10.0.0.2', protocol: 'tcp', port: 443 },
    family: 4,
    protocol: 6,
  },
  {
    name: 'UDP over IPv4',
    probe: { from: from('10.0.0.1'), to: '10.0.0.2', protocol: 'udp', port: 53 },
    family: 4,
    protocol: 17,
  },
  {
    name: 'echo over IPv4',
    probe: { from: from('10.0.0.1'), to: '10.0.0.2', protocol: 'icmp' },
    family: 4,
    protocol: 1,
  },
  {
    name: 'TCP over IPv6',
    probe: { from: from('2600::1'), to: '2600::2', protocol: 'tcp', port: 443 },
    family: 6,
    protocol: 6,
  },
  {
    name: 'UDP over IPv6',
    probe: { from: from('2600::1'), to: '2600:0:0:1::2', protocol: 'udp', port: 53 },
    family: 6,
    protocol: 17,
  },
  {
    name: 'echo over IPv6',
    probe: { from: from('2600::1'), to: '2600::2', protocol: 'icmp' },
    family: 6,
    protocol: 58,
  },
];

/** RFC 1071: a range with its own checksum in it sums to all ones. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += bytes.readUInt16BE(at);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

test.each(probes)('writes $name with checksums that hold', ({ probe, family, protocol }) => {
  const bytes = packet(probe);
  const headerBytes = family === 4 ? 20 : 40;
  const [header, body] = [bytes.subarray(0, headerBytes), bytes.subarray(headerBytes)];
  if (family === 4) expect(sum(header)).toBe(0xffff);
  const addresses = family === 4 ? header.subarray(12) : header.subarray(8);
  const pseudo = Buffer.from([0, protocol, 0, body.length]);
  expect(sum(protocol === 1 ? body : Buffer.concat([addresses, pseudo, body]))).toBe(0xffff);
  expect(header.readUInt8(family === 4 ? 9 : 6)).toBe(protocol);
});

test.each(probes)(
  'knows $name again by its number, and not by that of other traffic',
  ({ probe, family }) => {
    const bytes = packet(probe);
    const received = family === 4 ? bytes : bytes.subarray(40);
    const options = { family, protocol: probe.protocol };
    expect(sight(received, { ...options, mark })).toMatchObject({ number: 3, isAnswer: false });
    const other = { firstSequence: mark.firstSequence + 1, magic: 1 };
    expect(sight(received, { ...options, mark: other })).toBeUndefined();
  },
);

test('takes a reset for the answer that it acknowledges', () => {
  const reset = packet({ from: from('10.0.0.2'), to: '10.0.0.1', protocol: 'tcp', port: 5000 });
  // The sequence number of probe 3 is past the end of the circle: 0xfffffffe + 6.
  expect(reset.readUInt32BE(24)).toBe(4);
  reset.writeUInt8(0x14, 33);
  reset.writeUInt32BE(5, 28);
  expect(sight(reset, { family: 4, protocol: 'tcp', mark })).toMatchObject({ number: 3, isAnswer: true });
});

test('answers a datagram from where it arrived, so that a gateway knows it for the answer', () => {
  const arrived = sight(packet({ from: from('203.0.113.1'), to: '10.0.0.2', protocol: 'udp', port: 53 }), {
    family: 4,
    protocol: 'udp',
    mark,
  });
  if (arrived?.ends === undefined) throw new TypeError('it was seen with its addresses');
  const answer = udpAnswer({ ...arrived, ends: arrived.ends }, mark);
  const seen = sight(answer, { family: 4, protocol: 'udp', mark });
  expect(seen).toMatchObject({ number: 3, isAnswer: true, sourcePort: 53, port: 5000 });
  expect(answer.subarray(12, 20)).toStrictEqual(Buffer.from([10, 0, 0, 2, 203, 0, 113, 1]));
});
