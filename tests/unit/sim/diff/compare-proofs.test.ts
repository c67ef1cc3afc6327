import { expect, test } from 'vitest';
import { compareProofs } from '../../../../sim/diff/compare-proofs.ts';
import { describeChanges, markdownChanges } from '../../../../sim/diff/describe-changes.ts';
import { spreadGroups } from '../../../../sim/diff/spread-groups.ts';
import { spreadRanges } from '../../../../sim/diff/spread-ranges.ts';
import type { Answer, Flow, Proof } from '../../../../sim/prove/index.ts';
import { groupRule, smallVpc } from '../small-vpc.ts';

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

const proof = (...flows: readonly Flow[]): Proof => ({ flows, byPublicAddress: [], unknown: [] });
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

test('a flow to a public address of ours is apart from the one to its own', () => {
  const before = proof(flow('443'));
  const after: Proof = { ...before, byPublicAddress: [flow('443')] };
  expect(oneLine(before, after)).toEqual([
    '+ a → b (public address)  tcp/443  works: delivered and answered',
    '1 opened, 0 changed, 0 closed',
  ]);
  expect(oneLine(after, after)).toEqual(['no flow opens, closes or changes']);
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
  const changes = compareProofs(
    ...proofsOf(spreadGroups({ ...side, proof: whole }, { ...side, proof: split })),
  );
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

const proofsOf = (sides: readonly [{ proof: Proof }, { proof: Proof }]) =>
  [sides[0].proof, sides[1].proof] as const;

/** The small network, with an inert rule for each block, so that it is told apart. */
function naming(...blocks: readonly string[]) {
  const model = smallVpc();
  const [group, ...rest] = model.securityGroups;
  if (group === undefined) throw new TypeError('the small VPC has groups');
  const named = blocks.map((cidr) => groupRule(`r.${cidr}`, 1, { kind: 'cidr', cidr }));
  const securityGroups = [{ ...group, ingress: [...group.ingress, ...named] }, ...rest];
  return { ...model, securityGroups };
}

const openTo = (...sources: readonly string[]) =>
  proof(...sources.map((from) => flow('22', { from, to: 'web' })));

test.each<[string, readonly string[], Proof, readonly string[], Proof, readonly string[]]>([
  [
    'an office named where all may',
    [],
    openTo('internet'),
    ['203.0.113.0/24'],
    openTo('internet', '203.0.113.0/24'),
    [],
  ],
  ['a half let go of', ['0.0.0.0/1'], openTo('internet'), [], openTo('internet'), ['opened 0.0.0.0/1']],
  ['a half held back', [], openTo('internet'), ['0.0.0.0/1'], openTo('internet'), ['closed 0.0.0.0/1']],
  [
    'everything, in two halves',
    [],
    openTo('internet'),
    ['0.0.0.0/1', '128.0.0.0/1'],
    openTo('0.0.0.0/1', '128.0.0.0/1'),
    [],
  ],
  [
    'a block within a block',
    ['8.0.0.0/8'],
    openTo('8.0.0.0/8'),
    ['8.8.0.0/16', '8.0.0.0/8'],
    openTo('8.0.0.0/8', '8.8.0.0/16'),
    [],
  ],
])('%s', (_, blocksBefore, before, blocksAfter, after, expected) => {
  const sides = spreadRanges(
    { model: naming(...blocksBefore), proof: before },
    { model: naming(...blocksAfter), proof: after },
  );
  expect(compareProofs(...sides).map(({ kind, from }) => `${kind} ${from}`)).toEqual(expected);
});
