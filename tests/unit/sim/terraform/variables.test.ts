import { expect, test } from 'vitest';
import { readTerraform, siteOf } from '../../../../sim/terraform/index.ts';
import { localOf } from '../../../../sim/terraform/root-values.ts';
import { plain, rejectionOf } from './written.ts';
import { writtenDirectory } from './written-directory.ts';

type Options = Parameters<typeof readTerraform>[1];

/** `local.result` of a directory with these files. */
async function result(files: Readonly<Record<string, unknown>>, options: Options = {}): Promise<unknown> {
  using directory = writtenDirectory(files);
  const inDirectory = {
    ...options,
    ...(options?.variableFiles && {
      variableFiles: options.variableFiles.map((name) => directory.file(name)),
    }),
  };
  const { evaluation, locals } = await readTerraform(directory.path, inDirectory);
  const local = locals.get('local.result');
  if (local === undefined) throw new Error('local.result was not read');
  return plain(localOf(evaluation, 'result', siteOf(local)));
}

const main = `variable "a" {
  default = "default"
}
locals {
  result = var.a
}
`;

test.each<[string, Readonly<Record<string, unknown>>, Options, string]>([
  ['the default', {}, {}, 'default'],
  ['terraform.tfvars', { 'terraform.tfvars': 'a = "plain"' }, {}, 'plain'],
  [
    'terraform.tfvars.json over it',
    { 'terraform.tfvars': 'a = "plain"', 'terraform.tfvars.json': { a: 'json' } },
    {},
    'json',
  ],
  [
    '*.auto.tfvars over both, in order of their names',
    {
      'terraform.tfvars.json': { a: 'json' },
      'b.auto.tfvars.json': { a: 'b' },
      'a.auto.tfvars': 'a = "a"',
    },
    {},
    'b',
  ],
  [
    'a named file over these',
    { 'x.auto.tfvars': 'a = "auto"', 'named.tfvars': 'a = "named"' },
    { variableFiles: ['named.tfvars'] },
    'named',
  ],
  [
    'the later of two named files',
    { 'one.tfvars': 'a = "one"', 'two.tfvars.json': { a: 'two' } },
    { variableFiles: ['one.tfvars', 'two.tfvars.json'] },
    'two',
  ],
  [
    'a single value over all',
    { 'named.tfvars': 'a = "named"' },
    { variableFiles: ['named.tfvars'], variables: { a: 'single' } },
    'single',
  ],
  ['not a file that is not named', { 'other.tfvars': 'a = "other"' }, {}, 'default'],
])('takes %s', async (_, files, options, value) => {
  expect(await result({ 'main.tf': `${main}`, ...files }, options)).toBe(value);
});

/** As `terraform console` answers for the same declarations. */
test.each<[string, string, unknown]>([
  ['', 'true', 'true'],
  ['', '[1]', '[1]'],
  ['type = string', '05', '05'],
  ['type = number', '05', 5],
  ['type = bool', 'true', true],
  ['type = any', '["x"]', ['x']],
  ['type = list(number)', '["1", 2]', [1, 2]],
  ['type = map(string)', '{ a = 1 }', { a: '1' }],
  ['type = object({ a = string, b = optional(number, 3) })', '{ a = true }', { a: 'true', b: 3 }],
])('--var for a variable with %j takes %s', async (type, text, value) => {
  const files = { 'main.tf': `variable "a" {\n  ${type}\n}\nlocals {\n  result = var.a\n}\n` };
  expect(await result(files, { variables: { a: text } })).toEqual(value);
});

test('the default is converted to the type as well, and a text of JSON stands for itself', async () => {
  const declared = { type: 'list(string)', default: [1, true] };
  expect(
    await result({ 'main.tf.json': { variable: { a: declared }, locals: { result: `\${var.a}` } } }),
  ).toEqual(['1', 'true']);
  const literal = { default: `\${not.read}` };
  expect(
    await result({ 'main.tf.json': { variable: { a: literal }, locals: { result: `\${var.a}` } } }),
  ).toBe(`\${not.read}`);
});

test('null takes the default where the variable is not nullable, and stays null where it is', async () => {
  const files = (nullable: string) => ({
    'main.tf': `variable "a" {\n  default = 1\n  ${nullable}\n}\nlocals {\n  result = var.a\n}\n`,
    'terraform.tfvars': 'a = null',
  });
  expect(await result(files('nullable = false'))).toBe(1);
  expect(await result(files(''))).toBe(null);
});

test('a variable file may set what is not declared', async () => {
  expect(await result({ 'main.tf': main, 'terraform.tfvars': 'none = 1' })).toBe('default');
});

const validated = `variable "env" {
  type = string
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "dev or prod, not \${var.env}."
  }
}
locals {
  result = var.env
}
`;

test('a validation that holds passes', async () => {
  expect(await result({ 'main.tf': validated }, { variables: { env: 'dev' } })).toBe('dev');
});

test.each<[string, Readonly<Record<string, string>>, string, string]>([
  [validated, { env: 'qa' }, 'main.tf:1', 'refused by the validation on line 3: dev or prod, not qa;'],
  [
    `${validated}variable "key" {\n  sensitive = true\n  default = 1\n}\n`,
    { env: 'top-secret' },
    'main.tf:1',
    `refused by the validation on line 3: dev or prod, not \${var.env};`,
  ],
  [validated, {}, 'main.tf:1', 'it has no default and is not set; set it with --var env=…'],
  [main, { none: '1' }, '', 'could not set var.none: the configuration declares no such variable'],
  ['variable "a" {\n  type = number\n}\n', { a: 'top-secret' }, 'main.tf:1', 'number'],
  ['variable "a" {\n  type = number\n  sensitive = true\n}\n', { a: 'top-secret' }, 'main.tf:1', 'number'],
  ['variable "a" {\n  type = list(string)\n}\n', { a: '["top-secret"' }, 'main.tf:1', 'not valid'],
  ['variable "a" {\n  type = any\n}\n', { a: 'local.b' }, 'main.tf:1', 'a constant cannot refer to "local"'],
  ['variable "a" {\n  default = local.b\n}\n', {}, 'main.tf:2', 'a constant cannot refer to "local"'],
  ['variable "a" {\n  default = [upper("x")]\n}\n', {}, 'main.tf:2', 'a constant cannot call a function'],
])('is one clear line: %#', async (text, variables, place, reason) => {
  using directory = writtenDirectory({ 'main.tf': text });
  const failure = await rejectionOf(() => readTerraform(directory.path, { variables }));
  expect(failure.code).toBe('SIM_TERRAFORM_INVALID');
  expect(failure.message).toContain(place);
  expect(failure.message).toContain(reason);
  expect(failure.message).not.toMatch(/\n|top-secret/);
});

test.each([
  ['x.tfvars', 'a = "top-secret', 'x.tfvars:1: it is not valid HCL'],
  ['x.tfvars.json', '{"a": top-secret}', 'x.tfvars.json:1: it is not valid JSON'],
  ['x.tfvars', 'a {\n}\n', 'a variable file holds values, not blocks'],
  ['none.tfvars', '', 'there is no such file'],
])('refuses the variable file %s in one line', async (name, text, reason) => {
  using directory = writtenDirectory({ 'main.tf': main, [name === 'none.tfvars' ? 'other' : name]: text });
  const failure = await rejectionOf(() =>
    readTerraform(directory.path, { variableFiles: [directory.file(name)] }),
  );
  expect(failure.message).toContain(reason);
  expect(failure.message).not.toMatch(/\n|top-secret/);
});

test('a value of a wrong type in a variable file is told with its place there', async () => {
  using directory = writtenDirectory({
    'main.tf': 'variable "a" {\n  type = list(number)\n}\n',
    'terraform.tfvars': '\na = [\n  1,\n  "x",\n]\n',
  });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.message).toContain(`${directory.file('terraform.tfvars')}:2`);
});
