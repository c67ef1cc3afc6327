import { expect, test } from 'vitest';
import { hclPositions } from '../../../../../sim/terraform/hcl/hcl-positions.ts';
import { parseHcl } from '../../../../../sim/terraform/hcl/parse-hcl.ts';

/** Every `@` is the number of its line, so that the text says itself where things stand. */
const source = `# a comment with { and "
variable "a" { line = @ }

/* resource "aws_vpc" "main" {
*/
resource "aws_vpc" "main" { // {
  line = @
  text = "quoted \\" } \${upper("} \${"}"}")} $\${ %%{"
  line2 = "$$@"

  heredoc = <<-EOT
    line = 99 { "
    \${join(",", ["a"])}
    EOT
  line3 = @
  call   = cidrsubnet(
    "10.0.0.0/8", 8, { line = 99 }["line"]
  )
  line4 = @
  list   = [
    { line = @ }, "}", # ]
    { line = @, "line2" = @ }, {
      (var.a) = @, line = "@"
      "x\${var.a}" : @
      line2 : [@,
        { line = @ }]
    },
    [for x in [1] : { line = x }],
    <<E
]
E
    , [{ line = @ }]
  ]
  condition = 1 < 2 ? [99] : { other = 99 }

  ingress { line = @ }
  ingress {
    line = @
    nested "label" {
      line = @
    }
  }
  dynamic "egress" {
    for_each = { line = @ }
    content {
      line = @
    }
  }
}
resource "aws_vpc" "main" { line = @ }
locals {
  line = @
}
locals { line = @ }
`;
const text = source
  .split('\n')
  .map((line, index) => line.replaceAll('@', String(index + 1)))
  .join('\n');

test('every attribute and member that hcl2json gives has the line on which it stands', async () => {
  const { document, positions } = await parseHcl({ path: 'x.tf', text });
  const checked: string[] = [];
  const walk = (value: unknown, path: readonly (string | number)[]) => {
    const last = path.at(-1);
    if (typeof last === 'string' && /^line\d?$|\$/.test(last)) {
      const said = Array.isArray(value) ? value[0] : String(value).replace('$$', '');
      expect([path, positions.lineAt(path)]).toEqual([path, Number(said)]);
      checked.push(last);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, item] of Object.entries(value)) {
      walk(item, [...path, Array.isArray(value) ? Number(name) : name]);
    }
  };
  walk(document, []);
  expect(checked.length).toBe(source.split('@').length - 1);
});

test('blocks have the line of their keyword, items that of their first character', () => {
  const positions = hclPositions(text);
  const lines = text.split('\n');
  const at = (...path: (string | number)[]) => lines[positions.lineAt(path) - 1]?.trim();
  expect(at('resource', 'aws_vpc', 'main', 1)).toMatch(/^resource "aws_vpc" "main" \{ line/);
  expect(at('resource', 'aws_vpc', 'main', 0, 'ingress', 1)).toBe('ingress {');
  expect(at('resource', 'aws_vpc', 'main', 0, 'ingress', 1, 'nested', 'label', 0)).toBe('nested "label" {');
  expect(at('resource', 'aws_vpc', 'main', 0, 'list', 4)).toMatch(/^\[for x/);
  expect(at('resource', 'aws_vpc', 'main', 0, 'list', 5)).toBe('<<E');
  expect(at('resource', 'aws_vpc', 'main', 0, 'none', 'inside')).toMatch(
    /^resource "aws_vpc" "main" \{ \/\//,
  );
  expect(at('resource', 'aws_vpc', 'main', 0, 'call')).toBe('call   = cidrsubnet(');
});

test('top-level blocks are told with their labels', () => {
  const { blocks } = hclPositions('a "b" c {\n}\nlocals {}\nx = 1\n');
  expect(blocks.map(({ type, labels }) => [type, ...labels])).toEqual([['a', 'b', 'c'], ['locals']]);
});

test.each([
  ['a = [', 'an open list'],
  [`a = "\${`, 'an open string'],
  ['a = <<E\nx', 'an open heredoc'],
  ['}}}])', 'stray brackets'],
  ['a b c d', 'no body'],
  ['a = }\nb {', 'a body out of place'],
  ['/*', 'an open comment'],
  ['= = =', 'no names'],
  ['a = {\n = 1 }', 'no key'],
  [`a = ${'[{a='.repeat(1_000)}`, 'endless nesting'],
  [`a = ${'"${'.repeat(1_000)}`, 'endless templates'],
  [`${'a {'.repeat(1_000)}`, 'endless blocks'],
])('%.20s ends: %s', (odd) => {
  expect(hclPositions(odd).lineAt(['a', 'b'])).toBeGreaterThan(0);
});
