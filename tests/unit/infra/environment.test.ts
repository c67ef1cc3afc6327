import { expect, test } from 'vitest';
import { parseEnvironment } from '../../../infra/environment.ts';
import { parseIpv4Cidr } from '../../../infra/ipv4.ts';
import { devEnvironment } from './configuration.ts';

const dev = devEnvironment();
const [zoneA, zoneB] = dev.zones;
const withB = (change: object) => ({ ...dev, zones: [zoneA, { ...zoneB, ...change }] });

test('reads what it once wrote', () => {
  expect(parseEnvironment(structuredClone(dev))).toEqual(dev);
});

test.each([
  [
    'two public subnets that overlap',
    withB({ publicCidr: '10.0.0.128/25' }),
    'zones.1.publicCidr: 10.0.0.128/25 overlaps zones.0.publicCidr (10.0.0.0/24)',
  ],
  [
    'a private subnet inside a public one',
    withB({ privateCidr: '10.0.1.0/24', engineAddress: '10.0.1.10' }),
    'zones.1.privateCidr: 10.0.1.0/24 overlaps zones.1.publicCidr (10.0.1.0/24)',
  ],
  [
    'a subnet outside the VPC',
    withB({ publicCidr: '10.1.0.0/24' }),
    "zones.1.publicCidr: 10.1.0.0/24 is outside the VPC's 10.0.0.0/16",
  ],
  ['a zone twice', withB({ name: 'eu-west-1a' }), 'zones.1.name: repeats eu-west-1a'],
  ['a zone of another region', withB({ name: 'eu-west-2b' }), 'zones.1.name: eu-west-2b is not in eu-west-1'],
  ['a single zone', { ...dev, zones: [zoneA] }, 'zones: Too small'],
  [
    'an engine outside its subnet',
    withB({ engineAddress: '10.0.10.11' }),
    'zones.1.engineAddress: 10.0.10.11 is outside its private subnet 10.0.11.0/24',
  ],
  [
    'an engine at the address of the subnet',
    withB({ engineAddress: '10.0.11.0' }),
    'zones.1.engineAddress: 10.0.11.0 is reserved by AWS in 10.0.11.0/24',
  ],
  [
    'an engine at the fourth address',
    withB({ engineAddress: '10.0.11.3' }),
    'zones.1.engineAddress: 10.0.11.3 is reserved by AWS',
  ],
  [
    'an engine at the last address',
    withB({ engineAddress: '10.0.11.255' }),
    'zones.1.engineAddress: 10.0.11.255 is reserved by AWS',
  ],
  [
    'a CIDR with host bits',
    { ...dev, vpcCidr: '10.0.0.1/16' },
    'vpcCidr: not an IPv4 CIDR with its host bits zero',
  ],
  ['a CIDR larger than AWS takes', { ...dev, vpcCidr: '10.0.0.0/8' }, 'vpcCidr: not between /16 and /28'],
  [
    'an address that is none',
    withB({ engineAddress: '10.0.11.256' }),
    'zones.1.engineAddress: not an IPv4 address',
  ],
  [
    'more machines than the most',
    { ...dev, worker: { ...dev.worker, desired: 5 } },
    'worker.desired: 5 is above max 4',
  ],
  [
    'an image without a tag',
    { ...dev, engine: { ...dev.engine, image: 'drydock/engine' } },
    'engine.image: not an image reference',
  ],
  [
    'an image that is a second argument',
    { ...dev, engine: { ...dev.engine, image: '--privileged x:1' } },
    'engine.image: not an image reference',
  ],
  ['a missing field', { ...dev, region: undefined }, 'region: Invalid input'],
  ['a field that it does not know', { ...dev, sshKey: 'mine' }, 'Unrecognized key: "sshKey"'],
  ['a name with a line break', { ...dev, model: 'a\nDRYDOCK_SLOTS=99' }, 'model: not a model name'],
])('refuses %s with one line that names the field', (_, input, reason) => {
  const problem = thrownBy(() => parseEnvironment(input));
  expect(problem).toMatchObject({ name: 'DrydockError', code: 'INFRA_ENVIRONMENT_INVALID' });
  expect(problem.message).toMatch(
    /^could not read the environment: .*; correct it in infra\/environments\/$/,
  );
  expect(problem.message).toContain(reason);
});

test('accepts an engine at the first and the last address that AWS leaves free', () => {
  expect(parseEnvironment(withB({ engineAddress: '10.0.11.4' })).zones[1]?.engineAddress).toBe('10.0.11.4');
  expect(parseEnvironment(withB({ engineAddress: '10.0.11.254' })).zones[1]?.engineAddress).toBe(
    '10.0.11.254',
  );
});

test.each([
  ['10.0.0.0/16', { first: 167_772_160, last: 167_837_695 }],
  ['0.0.0.0/0', { first: 0, last: 4_294_967_295 }],
  ['255.255.255.255/32', { first: 4_294_967_295, last: 4_294_967_295 }],
  ['10.0.0.0/33', undefined],
  ['10.0.0/16', undefined],
  ['010.0.0.0/16', undefined],
  ['10.0.0.128/24', undefined],
  ['10.0.0.0', undefined],
  ['', undefined],
])('reads the CIDR %j as %o', (text, range) => {
  expect(parseIpv4Cidr(text)).toEqual(range);
});

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
