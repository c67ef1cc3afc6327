import { expect, test } from 'vitest';
import { invalid } from '../../../../../sim/terraform/site.ts';
import type { LazyObject, Reference, Unknown, Value } from '../../../../../sim/terraform/value.ts';
import { failureOf } from '../written.ts';
import { evaluateTemplateText, evaluateText, fixtureFiles, plain, SITE } from './evaluated.ts';

function reference(address: string, attribute: string): Reference {
  return { kind: 'reference', address, attribute };
}

/** A resource: what is not written is a reference. */
function resource(address: string, written: Readonly<Record<string, Value>>): LazyObject {
  return {
    kind: 'object',
    address,
    names: () => Object.keys(written).sort(),
    member: (name) => written[name] ?? reference(address, name),
  };
}

function moduleOf(outputs: Readonly<Record<string, Value>>): LazyObject {
  return {
    kind: 'object',
    address: 'module.network',
    isComplete: true,
    names: () => Object.keys(outputs).sort(),
    member(name) {
      const found = outputs[name];
      if (found !== undefined) return found;
      throw invalid(SITE, { reason: `no output ${name}`, nextStep: 'add it', isTerraformsOwn: true });
    },
  };
}

const main = resource('aws_vpc.main', { cidr_block: '10.0.0.0/16', tags: new Map([['Name', 'main']]) });
const counted = [0, 1].map((index) =>
  resource(`aws_subnet.counted[${index}]`, { cidr_block: `10.0.${index}.0/24` }),
);
const keyed = new Map(
  ['a', 'b'].map((key) => [
    key,
    resource(`aws_subnet.keyed["${key}"]`, { availability_zone: `eu-west-1${key}` }),
  ]),
);
const roots = {
  aws_vpc: new Map<string, Value>([['main', main]]),
  aws_subnet: new Map<string, Value>([
    ['counted', counted],
    ['keyed', keyed],
    ['none', []],
  ]),
  module: new Map<string, Value>([
    ['network', moduleOf({ id: reference('aws_vpc.inner', 'id'), zones: ['a', 'b'] })],
  ]),
  unknown: { kind: 'unknown', reason: 'nobody knows' } satisfies Unknown,
  zones: ['a', 'b'],
};
const id = reference('aws_vpc.main', 'id');
const subnetId = (instance: string) => reference(`aws_subnet.${instance}`, 'id');

test.each<[string, unknown]>([
  ['aws_vpc.main.cidr_block', '10.0.0.0/16'],
  ['aws_vpc.main["tags"].Name', 'main'],
  ['aws_vpc.main.id', id],
  ['aws_vpc.main[*].id', [id]],
  ['aws_subnet.counted[1].cidr_block', '10.0.1.0/24'],
  ['aws_subnet.counted[*].id', [subnetId('counted[0]'), subnetId('counted[1]')]],
  ['aws_subnet.counted.*.cidr_block', ['10.0.0.0/24', '10.0.1.0/24']],
  ['aws_subnet.none[*].id', []],
  ['length(aws_subnet.counted)', 2],
  ['aws_subnet.keyed["a"].id', subnetId('keyed["a"]')],
  ['keys(aws_subnet.keyed)', ['a', 'b']],
  ['values(aws_subnet.keyed)[*].id', [subnetId('keyed["a"]'), subnetId('keyed["b"]')]],
  ['[for s in aws_subnet.keyed : s.id if s.availability_zone == "eu-west-1b"]', [subnetId('keyed["b"]')]],
  ['{for k, s in aws_subnet.keyed : k => s.id}', { a: subnetId('keyed["a"]'), b: subnetId('keyed["b"]') }],
  ['element(aws_subnet.counted[*].id, 3)', subnetId('counted[1]')],
  ['try(aws_subnet.none[0].id, "no")', 'no'],
  ['try(aws_vpc.main[0].id, "no")', 'no'],
  ['module.network.zones', ['a', 'b']],
  ['[for name, value in module.network : name]', ['id', 'zones']],
  ['keys(module.network)', ['id', 'zones']],
  ['merge(module.network, {x = 1})', { id: reference('aws_vpc.inner', 'id'), zones: ['a', 'b'], x: 1 }],
  ['lookup(module.network, "none", 1)', 1],
  ['try(module.network.none, 1)', 1],
  ['concat(aws_subnet.counted[*].id, ["x"])[2]', 'x'],
  ['[aws_vpc.main.id, 1 + 1]', [id, 2]],
  ['length([aws_vpc.main.id, unknown])', 2],
  ['[for x in [1, unknown] : x]', [1, { kind: 'unknown', reason: 'nobody knows' }]],
  ['true ? aws_vpc.main.id : null', id],
  ['false ? unknown : "x"', 'x'],
  ['true ? [aws_vpc.main.id] : []', [id]],
  ['toset([aws_vpc.main.id, "a", aws_vpc.main.id])', ['a', id]],
  ['tolist(["a", aws_vpc.main.id, 1])', ['a', id, '1']],
  ['distinct([aws_vpc.main.id, aws_vpc.main.id])', [id]],
  ['compact([aws_vpc.main.id, "", null])', [id]],
  ['coalesce(null, "", aws_vpc.main.id)', id],
  ['coalesce("a", unknown)', 'a'],
  ['flatten([[aws_vpc.main.id], ["a"]])', [id, 'a']],
  ['lookup({a = 1}, "a", unknown)', 1],
  ['lookup({a = aws_vpc.main.id}, "a", "x")', id],
  ['setproduct([aws_vpc.main.id], ["a"])', [[id, 'a']]],
  ['zipmap(["a"], [aws_vpc.main.id])', { a: id }],
  ['one(aws_vpc.main[*].id)', id],
  ['contains([aws_vpc.main.id], aws_vpc.main.id)', true],
  ['contains(["a", unknown], "a")', true],
  ['index([aws_vpc.main.id, "a"], aws_vpc.main.id)', 0],
  ['aws_vpc.main.id == aws_vpc.main.id', true],
  ['aws_vpc.main.id != null', true],
  ['aws_vpc.main == aws_vpc.main', true],
  ['aws_vpc.main == null', false],
  ['[unknown, 1] == [unknown, 2]', false],
  ['[unknown] == [unknown, 2]', false],
  ['false && unknown', false],
  ['unknown || true', true],
  ['alltrue([false, unknown])', false],
  ['anytrue([unknown, true])', true],
])('%s is known as far as it can be', (expression, value) => {
  expect(plain(evaluateText(expression, roots))).toEqual(value);
});

test.each([
  ['aws_vpc.main.endpoint[0].address', 'aws_vpc.main.endpoint is known only after apply'],
  ['aws_vpc.main.list[*].id', 'aws_vpc.main.list is known only after apply'],
  ['zones[aws_vpc.main.number]', 'aws_vpc.main.number is known only after apply'],
  ['[for x in unknown : 1]', 'nobody knows'],
  ['[for x in [1] : x if unknown]', 'the condition is not known: nobody knows'],
  ['{for x in [unknown] : x => 1}', 'nobody knows'],
  ['unknown ? 1 : 1', 'the condition is not known: nobody knows'],
  ['unknown && true', 'nobody knows'],
  ['unknown == null', 'nobody knows'],
  ['unknown == unknown', 'nobody knows'],
  ['aws_vpc.main.id == aws_vpc.main.arn', 'aws_vpc.main.id is known only after apply'],
  ['aws_vpc.main.ipv6_cidr_block == null', 'aws_vpc.main.ipv6_cidr_block is known only after apply'],
  ['aws_vpc.main == aws_subnet.counted[0]', 'aws_vpc.main as a whole is known only after apply'],
  ['[unknown, 1] == [2, 1]', 'nobody knows'],
  [`"x-\${aws_vpc.main.id}"`, 'aws_vpc.main.id is known only after apply'],
  ['"%{ if unknown }x%{ endif }"', 'the condition is not known: nobody knows'],
  ['"%{ for x in unknown }x%{ endfor }"', 'nobody knows'],
  [`"%{ for x in [unknown] }\${x}%{ endfor }"`, 'nobody knows'],
  ['jsonencode(aws_vpc.main)', 'aws_vpc.main as a whole is known only after apply'],
  ['jsonencode([aws_vpc.main])', 'aws_vpc.main as a whole is known only after apply'],
  ['[for k, v in aws_vpc.main : k]', 'aws_vpc.main as a whole is known only after apply'],
  ['keys(aws_vpc.main)', 'aws_vpc.main as a whole is known only after apply'],
  ['merge(aws_vpc.main.tags_all, {})', 'aws_vpc.main.tags_all is known only after apply'],
  ['length(toset([aws_vpc.main.id, aws_vpc.main.arn]))', 'aws_vpc.main.id is known only after apply'],
  ['alltrue([true, unknown])', 'nobody knows'],
  ['contains([unknown], "a")', 'nobody knows'],
  ['index(["b", unknown, "a"], "a")', 'nobody knows'],
  ['coalesce(unknown, "a")', 'nobody knows'],
  ['coalesce(aws_vpc.main.ipv6_cidr_block, "a")', 'aws_vpc.main.ipv6_cidr_block is known only after apply'],
  ['compact([unknown])', 'nobody knows'],
  ['distinct([unknown, "a"])', 'nobody knows'],
  ['flatten([unknown])', 'nobody knows'],
  ['max(unknown, 1)', 'nobody knows'],
  [
    'cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)',
    'aws_vpc.main.ipv6_cidr_block is known only after apply',
  ],
  ['concat(unknown, [])', 'nobody knows'],
  ['max(unknown...)', 'nobody knows'],
  ['try(unknown.a, 1)', 'nobody knows'],
  ['can(unknown.a)', 'nobody knows'],
  ['timestamp()', 'timestamp() differs from run to run'],
  ['uuid()', 'uuid() differs from run to run'],
  ['-unknown', 'nobody knows'],
])('%s is unknown, and says why', (expression, reason) => {
  expect(evaluateText(expression, roots)).toEqual({ kind: 'unknown', reason });
});

test.each([
  ['aws_vpc.main[0].id', 'aws_vpc.main has no instance 0'],
  ['aws_subnet.counted.id', 'a list has no attribute "id"'],
  ['aws_subnet.counted[2].id', 'the list has 2 items, and no item 2'],
  ['aws_subnet.keyed["c"].id', 'the object has no "c"'],
  ['aws_subnet.keyed.c', 'the object has no "c"'],
  ['toset(["a"])[0]', 'the elements of a set have no index'],
  [`"x\${aws_vpc.main}"`, 'a template cannot hold aws_vpc.main'],
  ['aws_vpc.main + 1', '"+" does not take aws_vpc.main and a number'],
  ['nosuch(1)', 'there is no function nosuch'],
  ['upper(1, 2)', 'upper does not take 2 arguments'],
  ['join(",", [["a"]])', 'join: argument 2[0]: a string is required, it is a list'],
  ['cidrhost("10.0.0.0", 1)', 'cidrhost: "10.0.0.0" is not a CIDR block'],
  ['true ? [] : {}', 'both sides of a conditional must be of one type, not tuple([]) and object({})'],
  ['{for x in ["a", "a"] : x => 1}', 'the key "a" comes twice; group the values with "..."'],
  ['{a = 1}.constructor', 'the object has no "constructor"'],
])('%s is an error of Terraform itself, on which try goes on', (expression, reason) => {
  const failure = failureOf(() => evaluateText(expression, roots));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { reason } });
  expect(evaluateText(`try(${expression}, "other")`, roots)).toBe('other');
  expect(evaluateText(`can(${expression})`, roots)).toBe(false);
});

test('names bound by a loop hide those outside, and only inside it', () => {
  expect(evaluateText('[for zones in zones : zones]', roots)).toEqual(['a', 'b']);
  expect(evaluateText('[[for zones in ["x"] : zones], zones]', roots)).toEqual([['x'], ['a', 'b']]);
  expect(evaluateText('[for a in ["x"] : [for a in [1, 2] : a]]', roots)).toEqual([[1, 2]]);
  expect(
    evaluateTemplateText(`%{ for a in ["x"] }%{ for b in [1, 2] }\${a}\${b};%{ endfor }%{ endfor }`),
  ).toBe('x1;x2;');
  expect(evaluateText('[for n in [null] : n]', { n: 'outer' })).toEqual([null]);
});

test('a conditional does not fail on the side that it does not take', () => {
  expect(evaluateText('true ? "a" : aws_subnet.none[0].id', roots)).toBe('a');
  expect(evaluateText('true ? "a" : issensitive(1)', roots)).toBe('a');
});

test('a template file sees its own variables alone, and renders no other', () => {
  const failure = failureOf(() => evaluateText('templatefile("recurse.tftpl", {})', {}, fixtureFiles()));
  expect(failure.message).toContain('a template file cannot render another');
  const missing = failureOf(() =>
    evaluateText('templatefile("nested/list.tftpl", {})', { xs: [] }, fixtureFiles()),
  );
  expect(missing.message).toContain('the template is given no "xs"');
  expect(evaluateText('templatefile("nested/list.tftpl", {xs = x})', { x: ['a'] }, fixtureFiles())).toBe(
    '[A]',
  );
});
