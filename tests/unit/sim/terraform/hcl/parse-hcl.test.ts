import { expect, test } from 'vitest';
import { parseHcl } from '../../../../../sim/terraform/hcl/parse-hcl.ts';
import { rejectionOf } from '../written.ts';

const parse = async (text: string) => (await parseHcl({ path: 'main.tf', text })).document;

/** What the reader builds on; a new version of hcl2json that writes otherwise fails here. */
test.each<[string, unknown]>([
  ['a = 1.50', { a: 1.5 }],
  ['a = -1', { a: -1 }],
  ['a = null', { a: null }],
  ['a = true', { a: true }],
  ['a = "x"', { a: 'x' }],
  [`a = "$\${x} %%{y}"`, { a: `$\${x} %%{y}` }],
  ['a = "\\"\\n\\t\\u00e9"', { a: '"\n\té' }],
  ['a = "\\u0024{x}"', { a: `$\${x}` }],
  ['a = var.b', { a: `\${var.b}` }],
  [`a = "\${var.b}"`, { a: `\${var.b}` }],
  [`a = "x-\${var.b["k\\""]}"`, { a: `x-\${var.b["k\\""]}` }],
  ['a = (var.b)', { a: `\${(var.b)}` }],
  ['a = var.b ? "\\"" : 1', { a: `\${var.b ? "\\"" : 1}` }],
  ['a = [1, var.b, ["c"]]', { a: [1, `\${var.b}`, ['c']] }],
  [
    'a = { b = 1, "c" = var.d, (var.e) = 2, f : 3 }',
    {
      a: Object.fromEntries([
        ['b', 1],
        ['c', `\${var.d}`],
        [`\${(var.e)}`, 2],
        ['f', 3],
      ]),
    },
  ],
  ['a = [for x in var.l : x]', { a: `\${[for x in var.l : x]}` }],
  [`a = <<E\n"x" \\n \${var.b}\nE\n`, { a: `"x" \\n \${var.b}\n` }],
  ['a = <<-E\n    x\n      y\n    E\n', { a: 'x\n  y\n' }],
  ['a = f(<<E\nx\nE\n)', { a: `\${f(<<E\nx\nE\n)}` }],
  ['a {\n}\na {\n b = 1\n}', { a: [{}, { b: 1 }] }],
  ['a = [{ b = 1 }]', { a: [{ b: 1 }] }],
  ['a = []', { a: [] }],
  ['a "b" "c" {\n}', { a: { b: { c: [{}] } } }],
  ['type = list(string)', { type: `\${list(string)}` }],
  ['for_each = aws_vpc.a', { for_each: `\${aws_vpc.a}` }],
  [
    'dynamic "a" {\n  for_each = var.b\n  iterator = c\n  labels = ["d"]\n  content {\n    e = c.value\n  }\n}',
    {
      dynamic: {
        a: [{ for_each: `\${var.b}`, iterator: `\${c}`, labels: ['d'], content: [{ e: `\${c.value}` }] }],
      },
    },
  ],
])('%j becomes %j', async (text, document) => {
  expect(await parse(`${text}\n`)).toEqual(document);
});

test.each([
  ['a = "top-secret', 'main.tf:1', 'invalid multi-line string'],
  ['a = 1\n\nb = foo("top-secret" 2)', 'main.tf:3', 'missing argument separator'],
  ['resource "a" "b" {\n  a = 1', 'main.tf:1', 'unclosed configuration block'],
  ['a = 1\na = "top-secret"', 'main.tf:2', 'attribute redefined'],
  ['"top-secret"', 'main.tf:1', 'invalid argument name'],
  [`a = ${'['.repeat(150)}${']'.repeat(150)}`, 'main.tf', 'it nests more than 100 levels deep'],
  [`a = ${'['.repeat(100_000)}`, 'main.tf', 'it nests more than 100 levels deep'],
  [`a = ${'"${'.repeat(150)}1${'}"'.repeat(150)}`, 'main.tf', 'it nests more than 100 levels deep'],
])('refuses %.30j in one line, with its place and without its text', async (text, place, reason) => {
  const failure = await rejectionOf(() => parse(`${text}\n`));
  expect(failure.code).toBe('SIM_TERRAFORM_INVALID');
  expect(failure.message).toContain(`could not read ${place}: `);
  expect(failure.message.toLowerCase()).toContain(reason);
  expect(failure.message).not.toMatch(/\n|top-secret/);
});
