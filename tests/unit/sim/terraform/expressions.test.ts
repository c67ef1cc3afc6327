import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluated, failureOf } from './written.ts';

interface Recorded {
  readonly locals: object;
  readonly values: readonly { readonly template: string; readonly value: unknown }[];
  readonly refused: readonly string[];
}

const recorded = JSON.parse(
  readFileSync(new URL('../../../fixtures/terraform-expressions/expressions.json', import.meta.url), 'utf8'),
) as Recorded;

test.each(recorded.values)('$template has the value that Terraform recorded', ({ template, value }) => {
  expect(evaluated(template, { locals: recorded.locals })).toEqual(value);
});

test.each(recorded.refused)('%s is refused, as by Terraform', (template) => {
  const failure = failureOf(() => evaluated(template, { locals: recorded.locals }));
  expect(failure.code).toMatch(/^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/);
  expect(failure.details).toMatchObject({ file: 'main.tf.json', address: 'local.result' });
  expect(failure.message).not.toContain('\n');
});

test.each([
  [`\${nosuch(1)}`, 'the function nosuch is not one that is evaluated'],
  [`\${[for z in local.zones : z]}`, 'a "for" expression'],
  [`\${{for z in local.zones : z => z}}`, 'a "for" expression'],
  ['%{ if true }x%{ endif }', 'template directives'],
  [`\${<<EOT\nx\nEOT\n}`, 'a heredoc'],
  [`\${provider::aws::arn_parse("x")}`, "a provider's function"],
  [`\${each.key}`, '"each" is not read yet'],
  [`\${path.module}`, '"path" is not read yet'],
  [`\${module.network.id}`, '"module" is not read yet'],
  [`\${replace("a", "/a/", "b")}`, 'a regular expression is not read yet'],
  [`\${format("%x", 5)}`, 'the verb %x is not read yet'],
])('%s is named as not read, instead of guessed', (template, reason) => {
  const failure = failureOf(() => evaluated(template, { locals: recorded.locals }));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNRESOLVED' });
  expect(failure.message).toContain(reason);
});

test('try does not take what is merely not read for a failure', () => {
  expect(evaluated(`\${try(local.tags.none, 1)}`, { locals: { tags: {} } })).toBe(1);
  expect(failureOf(() => evaluated(`\${try(nosuch(1), 1)}`))).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
  });
  expect(failureOf(() => evaluated(`\${try(format("%x", 1), 1)}`))).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
  });
  expect(failureOf(() => evaluated(`\${try(aws_vpc.none.id, 1)}`))).toMatchObject({
    code: 'SIM_TERRAFORM_UNRESOLVED',
  });
});

test.each([
  ['parentheses', `\${${'('.repeat(100_000)}1${')'.repeat(100_000)}}`],
  ['lists', `\${${'['.repeat(100_000)}`],
  ['templates', '${"'.repeat(100_000)],
  ['negations', `\${${'!'.repeat(100_000)}true}`],
  ['conditionals', `\${${'true ? 1 : '.repeat(100_000)}2}`],
  ['sums', `\${${'1 + '.repeat(100_000)}1}`],
  ['indexes', `\${local.a${'[0]'.repeat(100_000)}}`],
  ['calls', `\${${'tolist('.repeat(100_000)}`],
])('a hundred thousand nested %s are refused within the stack', (_, template) => {
  const failure = failureOf(() => evaluated(template, { locals: { a: [] } }));
  expect(failure.code).toMatch(/^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/);
  expect(failure.message).toMatch(/levels/);
});

/** Text that is rich in what the grammar is made of. */
const grammarText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '${',
        '}',
        '%{',
        '$${',
        '"',
        '\\',
        '(',
        ')',
        '[',
        ']',
        '{',
        '~',
        '.',
        '...',
        ',',
        '=',
        ':',
        '?',
      ),
      fc.constantFrom(
        'local.a',
        'var.b',
        'aws_vpc.main.id',
        'data.x.y.z',
        'null',
        'true',
        '1',
        '0.5',
        '-',
        '+',
        '*',
      ),
      fc.constantFrom(
        'for',
        'try(',
        'format(',
        'cidrsubnet(',
        'join(',
        '"%d"',
        '<<',
        '/*',
        '*/',
        '#',
        '//',
        '\n',
        ' ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(''));

test('no text makes the parser or evaluator throw anything but its own errors', () => {
  const document = {
    locals: { a: [1, { b: null }] },
    variable: { b: {} },
    resource: { aws_vpc: { main: { cidr_block: '10.0.0.0/16' } } },
  };
  fc.assert(
    fc.property(fc.oneof(grammarText, fc.string()), fc.boolean(), (text, isWrapped) => {
      const template = isWrapped ? `\${${text}}` : text;
      try {
        evaluated(template, document);
      } catch (error) {
        expect(error).toMatchObject({ name: 'DrydockError', code: expect.stringMatching(/^SIM_TERRAFORM_/) });
      }
    }),
    { numRuns: 2_000 },
  );
});

test('any text, escaped, comes back as it was, bare and quoted', () => {
  const escaped = (text: string) => text.replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
  fc.assert(
    fc.property(fc.oneof(grammarText, fc.string({ unit: 'binary' })), (text) => {
      const isAmbiguous = /[$%][$%]\{/.test(text);
      fc.pre(!isAmbiguous && text.isWellFormed());
      const quoted = `"${text.replaceAll(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
      expect(evaluated(escaped(text))).toBe(text);
      expect(evaluated(`\${${escaped(quoted)}}`)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});
