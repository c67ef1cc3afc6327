import { expect, test } from 'vitest';
import { compareProofs } from '../../../../sim/diff/compare-proofs.ts';
import { describeChanges, markdownChanges } from '../../../../sim/diff/describe-changes.ts';
import { spreadGroups } from '../../../../sim/diff/spread-groups.ts';
import type { Answer, Flow, Proof } from '../../../../sim/prove/index.ts';
import { smallVpc } from '../small-vpc.ts';

const always: Answer = { kind: 'always' };
const never: Answer = { kind: 'never' };

function flow(ports: string, rest: Partial<Flow> = {}): Flow {
  const ranges = ports.split(',').map((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return { from, to };
  });
  return {
    from: 'a',
    to: 'b',
    protocol: 'tcp',
    family: 4,
    ports: ranges,
    delivered: always,
    verdict: always,
    ...rest,
  };
}

const proof = (...flows: readonly Flow[]): Proof => ({ flows, unknown: [] });
const oneLine = (before: Proof, after: Proof) =>
  describeChanges({ before: 'old', after: 'new', changes: compareProofs(before, after), unknown: [] })
    .trimEnd()
    .split('\n')
    .slice(1);

test('a flow that grows shows only what it grew by', () => {
  expect(oneLine(proof(flow('443')), proof(flow('443-445')))).toEqual([
    '+ a → b  tcp/444-445  works: delivered and answered',
    '1 opened, 0 changed, 0 closed',
  ]);
});

test('a flow that shrinks, and one whose answer is lost, are told with what was', () => {
  const after = proof(flow('80'), flow('443', { verdict: never }));
  expect(oneLine(proof(flow('80-81,443')), after)).toEqual([
    '~ a → b  tcp/443  one-way: delivered, but the answer is dropped; was: works: delivered and answered',
    '- a → b  tcp/81  was: works: delivered and answered',
    '0 opened, 1 changed, 1 closed',
  ]);
});

test('protocols and families are apart, and those without ports compare whole', () => {
  const before = proof(flow('443'));
  const after = proof(flow('443', { family: 6 }), { ...flow('0'), protocol: '47', ports: [] });
  expect(oneLine(before, after)).toEqual([
    '+ a → b  47  works: delivered and answered',
    '+ a → b  tcp/443 (IPv6)  works: delivered and answered',
    '- a → b  tcp/443  was: works: delivered and answered',
    '2 opened, 0 changed, 1 closed',
  ]);
});

test('the same proof twice shows no change', () => {
  const same = proof(flow('1-3,7'), flow('5', { verdict: never }));
  expect(oneLine(same, same)).toEqual(['no flow opens, closes or changes']);
});

test('a group whose members begin to differ is compared member by member', () => {
  const model = smallVpc();
  const [first] = model.interfaces;
  if (first === undefined) throw new TypeError('the small VPC has machines');
  const members = [0, 1].map((index) => ({ ...first, id: `g-${index}`, endpoint: `g#${index}` }));
  const side = { model: { ...model, interfaces: members } };
  const whole = proof(flow('443', { from: 'internet', to: 'g' }));
  const split = proof(
    flow('443', { from: 'internet', to: 'g#0' }),
    flow('80', { from: 'internet', to: 'g#1' }),
  );
  const changes = compareProofs(...spreadGroups({ ...side, proof: whole }, { ...side, proof: split }));
  expect(changes.map(({ kind, to, ports }) => [kind, to, ports[0]?.from])).toEqual([
    ['opened', 'g#1', 80],
    ['closed', 'g#1', 443],
  ]);
});

test('names act neither on a terminal nor on Markdown', () => {
  const changes = compareProofs(proof(), proof(flow('1', { from: 'a\u001b[31m', to: '```\n# b' })));
  const compared = { before: 'old', after: 'new', changes, unknown: [] };
  expect(describeChanges(compared)).not.toContain('\u001b');
  expect(markdownChanges(compared).match(/```/g)).toHaveLength(2);
});
