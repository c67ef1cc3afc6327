import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, parseAddressList } from '../../../../src/gateway/authentication/address-list.ts';
import { clientAddress } from '../../../../src/gateway/authentication/client-address.ts';

const trusted = '10.0.0.0/8,2001:db8:1::/48,192.0.2.7';
const trustedProxies = parseAddressList(trusted);
const client = (peerAddress: string, forwardedFor?: string) =>
  clientAddress({ peerAddress, forwardedFor, trustedProxies });

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:C000:0201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
  ['2001:DB8:0:0::0001', '2001:db8::1'],
  ['::1', '::1'],
  ['::192.0.2.1', '::c000:201'],
  ['fe80::1%eth0', undefined],
  ['192.0.2.256', undefined],
  ['192.0.2.01', undefined],
  ['3221225985', undefined],
  ['0xc0.0.2.1', undefined],
  ['192.0.2', undefined],
  ['', undefined],
  ['localhost', undefined],
])('writes %s as %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address);
});

describe('a list', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1', '10.0.0.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['2001:db8:1::/48', '2001:db8:1:ffff::1', true],
    ['2001:db8:1::/48', '2001:db8:2::1', false],
    ['192.0.2.1 , 192.0.2.2', '192.0.2.2', true],
  ])('%s has %s: %s', (list, address, has) => {
    expect(parseAddressList(list)?.has(address)).toBe(has);
  });

  it.each([
    '',
    ',',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'any',
    '::/129',
    '::ffff:10.0.0.0/90',
  ])('is not "%s"', (list) => {
    expect(parseAddressList(list)).toBeUndefined();
  });
});

it.each([
  // An untrusted peer is the client, whatever it says.
  ['203.0.113.9', undefined, '203.0.113.9'],
  ['203.0.113.9', '10.0.0.1', '203.0.113.9'],
  ['203.0.113.9', '198.51.100.1, 10.0.0.1', '203.0.113.9'],
  // A trusted one is believed for the last entry.
  ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['10.0.0.1', '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
  ['10.0.0.1', '1.1.1.1, 198.51.100.1, ::ffff:10.9.9.9, 2001:db8:1::5', '198.51.100.1'],
  ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  ['10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
  ['10.0.0.1', '2001:db8::9', '2001:db8::9'],
  // All are trusted, or nobody is named: the last that is known.
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  // What is no address is nobody's, not the next one's.
  ['10.0.0.1', '198.51.100.1, unknown', undefined],
  ['10.0.0.1', '198.51.100.1, _hidden', undefined],
  ['10.0.0.1', '198.51.100.1,', undefined],
  ['10.0.0.1', '', undefined],
  ['', '198.51.100.1', undefined],
  ['10.0.0.1', 'allowed@198.51.100.1', undefined],
])('peer %s with "%s" is %s', (peer, forwardedFor, expected) => {
  expect(client(peer, forwardedFor)).toBe(expected);
});

it('believes nobody where no proxy is trusted', () => {
  const options = { peerAddress: '10.0.0.1', forwardedFor: '198.51.100.1', trustedProxies: undefined };
  expect(clientAddress(options)).toBe('10.0.0.1');
});

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6());
const proxy = fc.oneof(
  fc.nat(0xff_ffff).map((low) => `10.${low >> 16}.${(low >> 8) & 255}.${low & 255}`),
  fc.nat(0xffff).map((low) => `2001:db8:1::${low.toString(16)}`),
  fc.nat(255).map((low) => `::ffff:10.0.0.${low}`),
);
const outsider = anyAddress.filter((address) => {
  const canonical = canonicalAddress(address);
  return canonical !== undefined && trustedProxies?.has(canonical) === false;
});

describe('for any', () => {
  it('header, an untrusted peer stays itself', () => {
    fc.assert(
      fc.property(outsider, fc.string(), (peer, forwardedFor) => {
        expect(client(peer, forwardedFor)).toBe(canonicalAddress(peer));
      }),
    );
  });

  it('chain of proxies, what the client invents to the left of its own address changes nothing', () => {
    const invented = fc.array(fc.oneof(anyAddress, fc.string({ maxLength: 20 })), { maxLength: 5 });
    fc.assert(
      fc.property(
        invented,
        outsider,
        fc.array(proxy, { minLength: 1, maxLength: 4 }),
        (inventions, real, proxies) => {
          const [peer = '', ...others] = proxies;
          const header = [...inventions, real, ...others.toReversed()].join(', ');
          expect(client(peer, header)).toBe(canonicalAddress(real));
        },
      ),
    );
  });
});
