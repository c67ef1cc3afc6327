import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { drawNetwork } from '../../../../sim/graph/draw-network.ts';
import { drawnFlows } from '../../../../sim/graph/drawn-flows.ts';
import { layOut } from '../../../../sim/graph/layout.ts';
import type { Box } from '../../../../sim/graph/picture.ts';
import { readNetwork } from '../../../../sim/network/index.ts';
import { smallVpc } from '../small-vpc.ts';

const read = (path: string) =>
  readNetwork({
    path: fileURLToPath(new URL(`../../../../${path}`, import.meta.url)),
    variables: {},
    variableFiles: [],
  });

const networks = [
  'infra/synth/prod/main.tf.json',
  'tests/fixtures/terraform/alb-ecs-endpoints',
  'tests/fixtures/terraform/foreach-tiers',
  'tests/fixtures/terraform/peering',
  'tests/fixtures/terraform/dual-stack',
  'tests/fixtures/terraform/local-modules',
];

async function pictureOf(path: string) {
  const { model, proof } = await read(path);
  const flows = drawnFlows(proof.flows);
  return { model, flows, picture: layOut({ model, flows, title: path, notes: [] }) };
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

const subnetTones = ['public', 'private', 'isolated', 'unknown'];

test.each(networks)(
  '%s: every subnet in its zone, every machine in a subnet, nothing on top of another',
  async (path) => {
    const { model, picture } = await pictureOf(path);
    const of = (...tones: readonly string[]) => picture.boxes.filter(({ tone }) => tones.includes(tone));
    const subnets = of(...subnetTones);
    expect(subnets.map(({ title }) => title).toSorted()).toEqual(
      model.subnets.map(({ address }) => address).toSorted(),
    );
    for (const subnet of subnets) expect(of('zone').some((zone) => isInside(subnet, zone))).toBe(true);
    const machines = of('machine', 'imagined');
    for (const machine of machines) expect(subnets.some((subnet) => isInside(machine, subnet))).toBe(true);
    for (const [index, one] of subnets.entries()) {
      expect(subnets.slice(index + 1).filter((other) => overlap(one, other))).toEqual([]);
    }
    for (const [index, one] of machines.entries()) {
      expect(machines.slice(index + 1).filter((other) => overlap(one, other))).toEqual([]);
    }
  },
);

test.each(networks)(
  '%s: every flow has an arrow, a label that nothing covers, and a line in the list',
  async (path) => {
    const { flows, picture } = await pictureOf(path);
    expect(picture.arrows).toHaveLength(flows.length);
    expect(picture.entries.map(({ from, to, traffic }) => [from, to, traffic])).toEqual(
      flows.map(({ from, to, traffic }) => [from, to, traffic]),
    );
    const ends = picture.arrows
      .map(({ points }) => points.at(-1)?.y ?? 0)
      .toSorted((one, other) => one - other);
    // Labels are ten pixels high and stand on the line that arrives.
    for (const [index, y] of ends.slice(1).entries())
      expect(y - (ends[index] ?? 0)).toBeGreaterThanOrEqual(12);
    for (const { points } of picture.arrows) {
      for (const { x, y } of points) {
        expect(x).toBeLessThan(picture.width);
        expect(y).toBeLessThan(picture.entriesY);
      }
    }
  },
);

test('the arrow of a flow goes from the height of its source to that of its destination', async () => {
  const { picture } = await pictureOf('infra/synth/prod/main.tf.json');
  const [arrow] = picture.arrows.filter(({ hint }) =>
    hint.startsWith('internet → aws_autoscaling_group.gateway'),
  );
  const gateway = picture.boxes.find(({ title }) => title === 'aws_autoscaling_group.gateway');
  const outside = picture.boxes.find(({ tone }) => tone === 'outside');
  if (arrow === undefined || gateway === undefined || outside === undefined) throw new TypeError('not drawn');
  const [start, end] = [arrow.points[0]?.y ?? 0, arrow.points.at(-1)?.y ?? 0];
  expect(start).toBeGreaterThan(outside.y);
  expect(start).toBeLessThan(outside.y + outside.height);
  expect(Math.abs(end - (gateway.y + gateway.height / 2))).toBeLessThan(40);
});

test('a flow whose answer is lost is drawn apart from those that work', async () => {
  const { picture } = await pictureOf('tests/fixtures/terraform/peering');
  const broken = picture.arrows.filter(({ standing }) => standing === 'broken').map(({ hint }) => hint);
  expect(broken).toEqual([
    'aws_instance.db["a"] → aws_instance.archive: tcp 5432',
    'aws_instance.db["c"] → aws_instance.archive: tcp 5432',
  ]);
});

test('names end no element, and what is not drawn is told', () => {
  const model = smallVpc();
  const cause = { address: 'aws_instance.x', reason: 'subnet_id is known only after apply <&>' };
  const unplaced = [
    { endpoint: 'aws_instance.x', address: 'aws_instance.x', kind: 'instance' as const, cause },
  ];
  const svg = drawNetwork(
    { ...model, unplaced },
    { flows: [], byPublicAddress: [], unknown: [] },
    { title: 'a</text><script>\u0000' },
  );
  expect(svg).not.toContain('<script>');
  expect(svg).not.toContain('\u0000');
  expect(svg).toContain('not drawn: aws_instance.x: subnet_id is known only after apply &lt;&amp;&gt;');
});
