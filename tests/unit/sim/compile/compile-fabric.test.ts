import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { machine, smallVpc } from '../small-vpc.ts';
import { addresses, wideVpc } from '../wide-vpc.ts';

const models = [
  { name: 'the small VPC', model: smallVpc },
  { name: 'networks with everything', model: wideVpc },
];

test.each(models)('compiles $name to the same bytes each time', ({ model }) => {
  expect(compileFabric(model())).toStrictEqual(compileFabric(model()));
});

test.each(models)(
  'names every counter of $name by a Terraform address and uses each exactly once',
  ({ model }) => {
    const { counters, rules } = compileFabric(model());
    const uses = new Map<string, string[]>();
    for (const [namespace, text] of Object.entries(rules)) {
      for (const [, id = ''] of text.matchAll(/comment "(\w+)"/g)) {
        uses.set(id, [...(uses.get(id) ?? []), namespace]);
      }
    }
    expect([...uses.keys()].sort()).toStrictEqual(Object.keys(counters).sort());
    for (const [id, meaning] of Object.entries(counters)) {
      expect({ id, used: uses.get(id) }).toStrictEqual({ id, used: [meaning.namespace] });
      expect(meaning.address).toMatch(/^aws_/);
    }
  },
);

test.each(models)('drops nothing of $name without a counter that says why', ({ model }) => {
  for (const text of Object.values(compileFabric(model()).rules)) {
    for (const line of text.split('\n')) {
      if (/\bdrop\b(?! comment)/.test(line))
        expect(line).toMatch(/^ {4}type filter hook \w+ priority 0; policy drop;$/);
    }
    // A policy is never what drops: each such chain ends in a verdict for everything.
    for (const [, body] of text.matchAll(/policy drop;\n([\s\S]*?)\n {2}\}/g)) {
      expect(body?.split('\n').at(-1)).toMatch(
        /^ {4}(accept|counter (log [^"]*"\w+" group [12] snaplen 64 )?(drop|accept) comment "\w+")$/,
      );
    }
  }
});

test('gives every interface a namespace, machines among them', () => {
  const { nodes, interfaces } = compileFabric(wideVpc());
  expect(nodes).toStrictEqual([]);
  expect(interfaces.map(({ namespace }) => namespace)).toStrictEqual([
    'eni-web',
    'eni-beside',
    'eni-bare',
    'eni-app',
    'eni-open',
    'eni-far',
    'eni-twin',
  ]);
  expect(interfaces[0]).toStrictEqual({
    id: 'web',
    endpoint: 'aws_network_interface.web',
    namespace: 'eni-web',
    router: expect.stringMatching(/^router-[0-9a-f]{12}$/),
    link: expect.stringMatching(/^e-[0-9a-f]{12}$/),
    availabilityZone: 'eu-west-1a',
    privateAddress: addresses.web.private,
    ipv6Address: addresses.web.ipv6,
    publicAddress: addresses.web.public,
  });
  expect(compileFabric(smallVpc()).nodes.map(({ id }) => id)).toStrictEqual(['gateway-0', 'engine-0']);
});

test('keeps the name of every part that stays when another comes or goes', () => {
  const model = smallVpc();
  const extra = machine('extra-0', {
    subnet: 'aws_subnet.private',
    privateAddress: '10.0.10.11',
    group: 'aws_security_group.engine',
  });
  const grown = { ...model, interfaces: [extra.networkInterface, ...model.interfaces] };
  expect(compileFabric(grown).links).toEqual(expect.arrayContaining([...compileFabric(model).links]));
});

test('gives link names that Linux accepts however long the ids are', () => {
  const model = smallVpc();
  const { networkInterface } = machine('a-very-long-name-of-a-machine-0', {
    subnet: 'aws_subnet.private',
    privateAddress: '10.0.10.11',
    group: 'aws_security_group.engine',
  });
  const { links } = compileFabric({ ...model, interfaces: [...model.interfaces, networkInterface] });
  const names = links.flatMap(({ near, far }) => [near.link, far.link]);
  expect(links.flatMap(({ text }) => /add (\S+) .* peer name (\S+) /.exec(text)?.slice(1))).toStrictEqual(
    names,
  );
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(15);
});

test('has the internet send from an address that the model does not have', () => {
  const model = smallVpc();
  expect(compileFabric(model).internet.address).toBe('203.0.113.10');
  const taken = model.interfaces.map((networkInterface) =>
    networkInterface.publicAddress === undefined
      ? networkInterface
      : { ...networkInterface, publicAddress: '203.0.113.10' },
  );
  expect(compileFabric({ ...model, interfaces: taken }).internet.address).toBe('203.0.113.11');
});

test('switches IPv6 off wherever the model has none', () => {
  const { sysctls } = compileFabric(wideVpc());
  const isOff = (namespace: string) => sysctls[namespace]?.['ipv6/conf/all/disable_ipv6'] === '1';
  expect(['eni-web', 'eni-app', 'eni-far'].map(isOff)).toStrictEqual([false, false, false]);
  expect(['eni-beside', 'eni-open', 'eni-twin'].map(isOff)).toStrictEqual([true, true, true]);
});

test('checks a kernel setting before a link is made that would keep another', () => {
  const { sysctls, namespaces } = compileFabric(wideVpc());
  expect(Object.keys(sysctls)).toStrictEqual(namespaces);
  for (const [namespace, values] of Object.entries(sysctls)) {
    if (!namespace.startsWith('eni-') && !namespace.startsWith('endpoint-'))
      expect({ namespace, check: values['ipv4/conf/default/rp_filter'] }).toStrictEqual({
        namespace,
        check: '0',
      });
  }
});
