import { expect, test } from 'vitest';
import { failureOf } from '../written.ts';
import { evaluateTemplateText, evaluateText, type Roots } from './evaluated.ts';

const long = 'x'.repeat(1_000_000);
const roots: Roots = { long, many: Array.from({ length: 110_000 }, () => 'a'), text: 'a'.repeat(5_000) };

test.each([
  [`"\${long}\${long}"`, 'a text of more than 1048576 characters'],
  ['[for i in range(1000) : long]', 'a value of more than 200000 elements'],
  ['concat(many, many)', 'a value of more than 200000 elements'],
  ['join(long, ["a", "b", "c"])', 'the result is too large'],
  ['replace(long, "x", "yy")', 'the result is too large'],
  ['replace(text, "/a/", long)', 'the result is too large'],
  ['indent(1000, replace(text, "a", "\\n"))', 'the result is too large'],
  ['format("%[1]s%[1]s", long)', 'the result is too large'],
  ['format("%1001d", 1)', 'so wide a field is not made'],
  ['format("%.101f", 1)', 'so many digits are not written'],
  ['formatlist("%s%s", many, text)', 'the result is too large'],
  ['setproduct(range(300), range(300))', 'it gives more than 50000 tuples'],
  ['[for i in range(1000) : [for j in range(1000) : i]]', 'more steps than allowed'],
  ['[for i in range(1000) : length(distinct(many))]', 'more steps than allowed'],
  ['[for i in range(1000) : regexall("(a|aa)+$", text)]', 'more steps than allowed'],
  ['[for i in range(1000) : many == many]', 'more steps than allowed'],
  ['regexall("(a{100}){5}b", text)', 'it takes too many steps'],
  ['regex("((a{100}){100}){100}", "a")', 'the pattern is not valid: it is too large'],
  ['pow(10, 400)', 'the result is no number'],
  ['9007199254740993 + 0', 'a number of more digits than are kept'],
  ['9007199254740992 + 1', 'a number of more digits than are kept'],
  ['jsondecode("9007199254740993")', 'more digits than are kept'],
  ['parseint("9007199254740993", 10)', 'more digits than are kept'],
  ['range(1025)', 'it gives more than 1024 numbers'],
  ['csvdecode(replace(text, "a", "a,"))', 'comes twice'],
  ['yamldecode(long)', 'the text is too long'],
])('%s is refused with one clear error', (expression, reason) => {
  const failure = failureOf(() => evaluateText(expression, roots));
  expect(failure.message).toContain(reason);
  expect(failure.message).not.toContain('\n');
});

test('a value that holds itself twice at every level is refused before it is gone through', () => {
  let value: Roots = { v: ['x'] };
  const failure = failureOf(() => {
    for (let level = 0; level < 60; level += 1) value = { v: evaluateText('[v, v]', value) };
  });
  expect(failure.message).toContain('a value of more than 200000 elements');
});

test('a value of more than a hundred levels is refused', () => {
  let value: Roots = { v: 'x' };
  const failure = failureOf(() => {
    for (let level = 0; level < 200; level += 1) value = { v: evaluateText('[v]', value) };
  });
  expect(failure.message).toContain('a value of more than 100 levels');
});

test.each([
  ['for expressions', `${'[for a in [1] : '.repeat(10_000)}`],
  ['directives', `"${'%{ if true }'.repeat(10_000)}`],
  ['heredocs', `\${<<A\n`.repeat(1_000)],
  ['splats', `local${'[*]'.repeat(10_000)}`],
  ['objects', '{a='.repeat(10_000)],
  ['attribute splats', `local.*${'.a'.repeat(10_000)}`],
])('ten thousand nested %s are refused within the stack', (_, text) => {
  const failure = failureOf(() => evaluateText(text, roots));
  expect(failure.code).toMatch(/^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/);
});

test('many directives that close one after the other are no nesting', () => {
  expect(evaluateTemplateText('%{ if true }x%{ endif }'.repeat(1_000))).toBe('x'.repeat(1_000));
});

test('text that nests as deep as it is long is refused within the stack', () => {
  for (const decode of ['jsondecode', 'yamldecode']) {
    const failure = failureOf(() => evaluateText(`${decode}(deep)`, { deep: '['.repeat(5_000) }));
    expect(failure.code).toMatch(/^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/);
  }
  const closed = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  expect(failureOf(() => evaluateText('jsondecode(deep)', { deep: closed })).message).toContain('levels');
});

test('a comment of a million characters is skipped', () => {
  expect(evaluateText(`/*${'*'.repeat(1_000_000)}*/ 1 # ${'x'.repeat(1_000)}`)).toBe(1);
});
