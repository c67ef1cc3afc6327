/** The corpus is whole: at least as large as promised, each witness with its source, and listed where people look. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readWitnesses } from '../../../../sim/witnesses/index.ts';
import { MUTANTS } from '../../../mutants/mutants.ts';
import { mutantsCell, otherRows } from '../../../mutants/semantics-page.ts';

const witnesses = readWitnesses();

test('holds at least 30 witnesses, each with facts of its own and a page of AWS', () => {
  expect(witnesses.length).toBeGreaterThanOrEqual(30);
  const rows = witnesses.flatMap(({ id, facts }) => facts.map(({ text }) => `${id} ${text}`));
  expect(new Set(rows).size).toBe(rows.length);
  expect(new Set(witnesses.map(({ semantic }) => semantic)).size).toBe(witnesses.length);
});

test('tells the allowed and the refused side of nearly every semantic', () => {
  const oneSided = witnesses
    .filter(({ facts }) => new Set(facts.map(({ answered }) => answered)).size === 1)
    .map(({ id }) => id);
  // Each of these says that something is open, or shut, altogether.
  expect(oneSided).toStrictEqual(
    [
      'ipv6-default-network-acl',
      'ipv6-security-group-reference',
      'load-balancer-without-groups',
      'nat-gateway-answers',
      'nat-gateway-private',
      'internet-gateway-absent',
      'network-acl-default',
      'network-acl-default-adopted',
      'network-acl-empty',
      'network-acl-stateless',
      'internet-gateway-no-route-back',
      'peering',
      'peering-no-return-route',
      'peering-not-accepted',
      'security-group-default-adopted',
    ].sort(),
  );
});

const page = readFileSync(new URL('../../../../docs/semantics.md', import.meta.url), 'utf8');

test('is listed completely in docs/semantics.md, in its order, with its sources and the defects that it catches', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('](../sim/witnesses/'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows).toStrictEqual(
    witnesses.map(({ id, semantic, source }) => [
      '',
      semantic,
      `[${source.title}](${source.url})`,
      `[${id}](../sim/witnesses/${id}/witness.md)`,
      mutantsCell(MUTANTS, id),
      '',
    ]),
  );
  expect(rows.filter((cells) => cells[4] === '').map((cells) => cells[3])).toStrictEqual([]);
});

test('stands in docs/semantics.md beside every planted defect that another test catches', () => {
  const [, others = ''] = page.split('## What no witness shows');
  const rows = others.split('\n').filter((line) => line.startsWith('| ') && line.includes('](../tests/'));
  expect(rows).toStrictEqual(otherRows(MUTANTS));
});
