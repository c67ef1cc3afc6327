import { expect, test } from 'vitest';
import { planLines } from '../../../../../sim/terraform/plan/plan-lines.ts';
import { placeOf, siteOf, siteOfStep } from '../../../../../sim/terraform/site.ts';
import { blockOf, planDocument, readDocument } from './written-plan.ts';

const instances = ['a', 'b'].map((name) => ({
  address: `aws_subnet.${name}`,
  values: { cidr_block: '10.0.0.0/24', tags: { 'brackets ]}[{ "and" quotes\\': '\\' } },
}));

function lineOf(text: string, name: string): number {
  return text.slice(0, text.indexOf(`"address": "aws_subnet.${name}"`)).split('\n').length - 1;
}

test('a resource and whatever it holds stands on the line of its object', () => {
  const document = planDocument(instances, { resource_drift: [{ resources: [{}, {}] }] });
  const configuration = readDocument(document, 2);
  const text = JSON.stringify(document, null, 2);
  for (const name of ['a', 'b']) {
    const block = blockOf(configuration, `aws_subnet.${name}`);
    const place = { file: 'plan.json', line: lineOf(text, name) };
    expect(placeOf(block)).toEqual(place);
    expect(placeOf(siteOfStep(siteOf(block), 'cidr_block'))).toEqual(place);
  }
});

test('resources of child modules and of what was read before have their lines', () => {
  const text = `{
"prior_state": {"values": {"root_module": {"resources": [
{"address": "data.aws_vpc.a"}]}}},
"planned_values": {"root_module": {"child_modules": [
{"resources": []},
{"child_modules": [{"resources":
[{"a": [1, 2]},

{"address": "x"}]}]}
]}}}`;
  const lines = planLines(text);
  expect(lines.lineAt(['prior_state', 'values', 'root_module', 'resources', 0, 'id'])).toBe(3);
  const child = ['planned_values', 'root_module', 'child_modules', 1, 'child_modules', 0, 'resources'];
  expect(lines.lineAt([...child, 0])).toBe(7);
  expect(lines.lineAt([...child, 1])).toBe(9);
  expect(lines.lineAt(['configuration'])).toBe(1);
});

test('on one line, as terraform writes it, everything is on the first', () => {
  const configuration = readDocument(planDocument(instances));
  expect(placeOf(blockOf(configuration, 'aws_subnet.b')).line).toBe(1);
});
