import { expect, test } from 'vitest';
import type { Value } from '../../../../../sim/terraform/value.ts';
import { failureOf } from '../written.ts';
import { evaluateText, type Roots } from './evaluated.ts';

const idOf = (address: string): Value => ({ kind: 'reference', address, attribute: 'id' });
const a = idOf('aws_vpc.a');
const roots: Roots = {
  a,
  b: idOf('module.x["k.l"].aws_vpc.b["m"]'),
  group: idOf('aws_security_group.g'),
  found: idOf('data.aws_vpc.found'),
  bucket: idOf('aws_s3_bucket.b'),
  name: { kind: 'reference', address: 'aws_vpc.a', attribute: 'name' },
  unknown: { kind: 'unknown', reason: 'nobody knows' },
};

test.each([
  'join("", [a])',
  'join("", [], [a])',
  'split(",", a)[0]',
  'split(",", join(",", [a, group]))[0]',
  'compact(split(",", join(",", ["", a, "x,y"])))[0]',
  'split(",", join(",", ["x,y", a]))[2]',
  'format("%s", a)',
  'tostring(a)',
  'trimspace(a)',
  'nonsensitive(sensitive(a))',
  'sort([a])[0]',
  'a == "" ? "x" : a',
  'a == "self" ? "x" : a',
  'a != "sg-1" ? a : "x"',
  'a == b ? "x" : a',
  'a == group ? "x" : a',
  'startswith(a, "vpc-") ? a : "x"',
  'startswith(a, "sg-") ? "x" : a',
  'can(regex("^vpc-", a)) ? a : "x"',
  'can(regex("^pl-", a)) ? "x" : a',
  'coalesce(null, "", a)',
  'true || unknown == null ? a : "x"',
])('%s is the id', (expression) => {
  expect(evaluateText(expression, roots)).toEqual(a);
});

test.each([
  'join(",", [a, group])',
  'join(",", [a, unknown])',
  'split("-", a)',
  'split(";", join(",", [a, group]))',
  'split(",", join(",", [bucket, a]))',
  'format("x-%s", a)',
  'trimspace(bucket)',
  'sort([a, group])',
  'a == "vpc-1"',
  'a == found',
  'bucket == "b"',
  'name == "self"',
  'startswith(a, "vpc-1")',
  'startswith(bucket, "vpc-")',
  'regex("^vpc-(.*)", a)',
  'upper(a)',
])('%s is not known', (expression) => {
  expect(evaluateText(expression, roots)).toMatchObject({ kind: 'unknown' });
});

test('a pattern that no id of its kind matches fails as in Terraform', () => {
  expect(failureOf(() => evaluateText('regex("^sg-", a)', roots)).message).toContain('does not match');
});

test.each<[string, unknown]>([
  ['false && length(null) > 0', false],
  ['null == null || null > 1', true],
  ['true ? { on = true, n = 1, url = unknown } : {}', undefined],
])('%s is evaluated', (expression, value) => {
  const result = evaluateText(expression, roots);
  if (value !== undefined) expect(result).toBe(value);
  expect(result).not.toMatchObject({ kind: 'unknown' });
});
