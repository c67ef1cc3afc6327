import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { checkFault, hitsOf, parseTarget } from '../../../../sim/faults/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { wideVpc } from '../wide-vpc.ts';

/** As the wide one, in two zones, with two machines that are tagged, one by a name that can be cut in two. */
function zonedVpc(): VpcModel {
  const model = wideVpc();
  const subnets = model.subnets.map((subnet) =>
    subnet.address === 'aws_subnet.private' ? { ...subnet, availabilityZone: 'eu-west-1b' } : subnet,
  );
  const interfaces = model.interfaces.map((one) =>
    one.id === 'beside' ? { ...one, endpoint: 'aws_instance.box["a/b..c"]' } : one,
  );
  const instances = ['web', 'app'].flatMap((id) =>
    interfaces
      .filter((one) => one.id === id)
      .map((networkInterface) => ({
        ...{ id, networkInterface, address: `aws_network_interface.${id}` },
        availabilityZone: id === 'app' ? 'eu-west-1b' : 'eu-west-1a',
        tags: { 'drydock:program': id === 'app' ? 'engine' : 'gateway' },
      })),
  );
  return { ...model, subnets, interfaces, instances };
}

const fabric = compileFabric(zonedVpc());

const named: readonly [text: string, kind: string, hits: readonly string[]][] = [
  ['web', 'node', ['web']],
  ['aws_network_interface.web', 'node', ['web']],
  ['aws_nat_gateway.main', 'node', ['aws_nat_gateway.main']],
  ['internet', 'node', ['internet']],
  ['engine', 'program', ['app']],
  ['eu-west-1b', 'availability-zone', ['app', 'open']],
  ['aws_instance.box["a/b..c"]', 'node', ['beside']],
  ['web/app', 'link', ['web', 'app']],
  ['web..app', 'link', ['web', 'app']],
  ['gateway/engine', 'link', ['web', 'app']],
  ['aws_instance.box["a/b..c"]/app', 'link', ['beside', 'app']],
  ['app/aws_instance.box["a/b..c"]', 'link', ['app', 'beside']],
  ['web/eu-west-1b', 'link', ['web', 'app', 'open']],
  ['internet/web', 'link', ['internet', 'web']],
];

test.each(named)('takes %s for a %s', (text, kind, hits) => {
  const target = parseTarget(text, fabric);
  expect(target.kind).toBe(kind);
  expect(hitsOf(target, fabric)).toStrictEqual(hits);
});

test('takes the first of two for the sender, one way', () => {
  expect(parseTarget('app/web', fabric, { isOneWay: true })).toStrictEqual({
    ...{ kind: 'direction', from: 'app', to: 'web' },
  });
  expect(() => parseTarget('web', fabric, { isOneWay: true })).toThrow(
    /^could not break web one way: a way has two ends; name both, as in web\/internet$/,
  );
});

test.each(['nobody', 'web/nobody', 'nobody/web', 'web/', '/web', '', 'eu-west-1z'])(
  'refuses %j in one line that lists the targets',
  (text) => {
    expect(() => parseTarget(text, fabric)).toThrow(
      /^could not find .*: the network has nothing of that name; there are web, app, eu-west-1a, eu-west-1b, gateway, engine, aws_nat_gateway\.main, internet, and two of them as ONE\/OTHER$/,
    );
  },
);

test('finds no way from a machine to itself, by whatever two names', () => {
  const effect = { kind: 'cut' } as const;
  for (const text of ['web/web', 'web/gateway', 'web/aws_network_interface.web'])
    expect(() => checkFault({ target: parseTarget(text, fabric), effect }, fabric)).toThrow(
      /a link has two ends/,
    );
});
