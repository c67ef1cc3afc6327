/** The generator: the same bytes from a seed on both runtimes, and configurations that differ widely. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateConfiguration } from '../../../../sim/generate/index.ts';

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

/** How many of 200 configurations have each at least; a feature that is missing here is new and wants a row. */
const FEATURES: Readonly<Record<string, number>> = {
  IPv6: 96,
  'NAT gateway': 81,
  'adopted default network ACL': 38,
  'adopted default security group': 47,
  'application load balancer': 8,
  'auto-scaling group': 51,
  'default security group': 35,
  'egress-only internet gateway': 62,
  'elastic address': 46,
  'gateway endpoint': 64,
  'group as peer': 100,
  'group of a peered VPC as peer': 38,
  'group rules apart': 105,
  'group rules apart, older': 92,
  'group rules inline': 104,
  'inline routes': 99,
  instance: 113,
  'interface endpoint': 58,
  'load balancer without groups': 20,
  'main route table': 74,
  'network ACL rules apart': 96,
  'network ACL rules inline': 85,
  'network interface': 58,
  'network load balancer': 36,
  'no machines at all': 14,
  'own prefix list': 63,
  peering: 52,
  'peering that nobody accepted': 6,
  'private NAT gateway': 33,
  'public addresses by subnet': 71,
  'route by prefix list': 33,
  'routes apart': 97,
  'secondary CIDR': 50,
  'self rule': 108,
  'several VPCs': 84,
  'several VPCs of one range': 20,
  'several groups on one interface': 112,
};

test('covers every feature within 200 seeds', () => {
  const seen = new Map<string, number>();
  for (const seed of SEEDS) {
    for (const feature of generateConfiguration({ seed }).features)
      seen.set(feature, (seen.get(feature) ?? 0) + 1);
  }
  expect([...seen.keys()].sort()).toStrictEqual(Object.keys(FEATURES).sort());
  const rare = Object.entries(FEATURES).filter(([feature, least]) => (seen.get(feature) ?? 0) < least);
  expect(rare).toStrictEqual([]);
});

test('draws up another configuration from every seed', () => {
  expect(new Set(SEEDS.map((seed) => generateConfiguration({ seed }).text)).size).toBe(SEEDS.length);
});

test('gives the same bytes from a seed, on Node and on Bun', () => {
  const script = `
    import { createHash } from 'node:crypto';
    import { generateConfiguration } from '${new URL('../../../../sim/generate/index.ts', import.meta.url).href}';
    const hash = createHash('sha256');
    for (let seed = 1; seed <= 50; seed += 1) hash.update(generateConfiguration({ seed }).text);
    console.log(hash.digest('hex'));
  `;
  const bun = fileURLToPath(new URL('../../../../node_modules/.bin/bun', import.meta.url));
  const onBun = execFileSync(bun, ['-e', script], { encoding: 'utf8' }).trim();
  const hash = createHash('sha256');
  for (let seed = 1; seed <= 50; seed += 1) hash.update(generateConfiguration({ seed }).text);
  expect(onBun).toBe(hash.digest('hex'));
});
