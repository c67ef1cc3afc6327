import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDrydockError } from '../../../../../sim/errors.ts';
import { fromPlain } from '../../../../../sim/terraform/expression/json-encoding.ts';
import { failureOf } from '../written.ts';
import { evaluateTemplateText, FIXTURES, plain } from './evaluated.ts';

interface Recorded {
  readonly locals: object;
  readonly values: readonly { readonly template: string; readonly value: unknown }[];
  readonly refused: readonly string[];
}

const recorded = JSON.parse(readFileSync(new URL('expressions.json', FIXTURES), 'utf8')) as Recorded;
const roots = { local: fromPlain(recorded.locals) };

test('every string of Terraform JSON has the value that Terraform recorded', () => {
  const differences = recorded.values.flatMap(({ template, value }) => {
    const found = plain(evaluateTemplateText(template, roots));
    return isDeepStrictEqual(found, value) ? [] : [{ template, value, found }];
  });
  expect(recorded.values.length).toBeGreaterThan(150);
  expect(differences).toEqual([]);
});

test('every string of Terraform JSON that Terraform refused is refused', () => {
  expect(recorded.refused.length).toBeGreaterThan(50);
  for (const template of recorded.refused) {
    const failure = failureOf(() => evaluateTemplateText(template, roots));
    expect(failure.code).toMatch(/^SIM_TERRAFORM_(INVALID|UNRESOLVED)$/);
    expect(failure.details).toMatchObject({ file: 'main.tf', address: 'local.result' });
    expect(failure.message).not.toContain('\n');
  }
});

test.each([
  [`\${issensitive("x")}`, 'the function issensitive is not one that is evaluated'],
  [`\${provider::aws::arn_parse("x")}`, "a provider's function"],
  [`\${pathexpand("~/x")}`, 'what "~" stands for is the machine\'s'],
  [`\${18446744073709551615}`, 'a number of more digits than are kept'],
  [`\${1 / 0}`, 'it divides by zero'],
  [`\${file("x")}`, 'no files are read here'],
])('%s is named as not read, instead of guessed, and try does not go on', (template, reason) => {
  for (const text of [template, template.replace('${', '${try(').replace(/\}$/, ', 1)}')]) {
    const failure = failureOf(() => evaluateTemplateText(text, roots));
    expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNRESOLVED' });
    expect(failure.message).toContain(reason);
  }
});

test.each([
  ['parentheses', `\${${'('.repeat(20_000)}1${')'.repeat(20_000)}}`],
  ['lists', `\${${'['.repeat(20_000)}`],
  ['templates', '${"'.repeat(20_000)],
  ['negations', `\${${'!'.repeat(20_000)}true}`],
  ['conditionals', `\${${'true ? 1 : '.repeat(20_000)}2}`],
  ['sums', `\${${'1 + '.repeat(20_000)}1}`],
  ['indexes', `\${local.a${'[0]'.repeat(20_000)}}`],
  ['calls', `\${${'tolist('.repeat(20_000)}`],
])('twenty thousand nested %s are refused within the stack', (_, template) => {
  const failure = failureOf(() => evaluateTemplateText(template, { local: new Map([['a', []]]) }));
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
  const names = {
    local: fromPlain({ a: [1, { b: null }] }),
    var: fromPlain({ b: {} }),
    aws_vpc: fromPlain({ main: { cidr_block: '10.0.0.0/16' } }),
  };
  fc.assert(
    fc.property(fc.oneof(grammarText, fc.string()), fc.boolean(), (text, isWrapped) => {
      const template = isWrapped ? `\${${text}}` : text;
      try {
        evaluateTemplateText(template, names);
      } catch (error) {
        if (!isDrydockError(error) || !error.code.startsWith('SIM_TERRAFORM_')) throw error;
      }
    }),
    { numRuns: 800 },
  );
});

/** Fast-check's own strings of all code points take a second to make. */
const anyText = fc
  .array(fc.oneof(fc.integer({ max: 0x7f, min: 0 }), fc.integer({ max: 0x10ffff, min: 0 })), {
    maxLength: 12,
  })
  .map((points) => String.fromCodePoint(...points));

test('any text, escaped, comes back as it was, bare and quoted', () => {
  const escaped = (text: string) => text.replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
  fc.assert(
    fc.property(fc.oneof(grammarText, anyText), (text) => {
      const isAmbiguous = /[$%][$%]\{/.test(text);
      fc.pre(!isAmbiguous && text.isWellFormed());
      const quoted = `"${text.replaceAll(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
      const composed = text.normalize('NFC');
      expect(evaluateTemplateText(escaped(text))).toBe(composed);
      expect(evaluateTemplateText(`\${${escaped(quoted)}}`)).toBe(composed);
    }),
    { numRuns: 500 },
  );
});
