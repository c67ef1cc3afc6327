import { expect, test } from 'vitest';
import { movedCounters, refusals } from '../../../../sim/explain/index.ts';

const meaning = { namespace: 'router', layer: 'network-acl', direction: 'ingress', text: '' } as const;
const meanings = {
  c0: { ...meaning, verdict: 'allow', address: 'aws_network_acl_rule.a' },
  c1: { ...meaning, verdict: 'deny', address: 'aws_network_acl.b' },
  c2: { ...meaning, verdict: 'deny', address: 'aws_network_acl.c' },
} as const;

test('tells which rules saw packets, how many, and which of them refused', () => {
  const moved = movedCounters(meanings, { before: { c0: 1, c1: 5, c2: 7 }, after: { c0: 3, c1: 6, c2: 7 } });
  expect(moved.map(({ address, packets }) => [address, packets])).toStrictEqual([
    ['aws_network_acl_rule.a', 2],
    ['aws_network_acl.b', 1],
  ]);
  expect(refusals(moved).map(({ address }) => address)).toStrictEqual(['aws_network_acl.b']);
});

test('takes a counter that was not there before as having been zero', () => {
  expect(movedCounters(meanings, { before: {}, after: { c1: 2 } })).toHaveLength(1);
});
