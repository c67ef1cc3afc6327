import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { failureOf } from './written.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drydock-terraform-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(name: string, content: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

const vpc = { resource: { aws_vpc: { main: { cidr_block: '10.0.0.0/16' } } } };

test('reads a file, and all *.tf.json of a directory, alike', () => {
  const file = write('main.tf.json', vpc);
  write('more.tf.json', {
    variable: { region: { default: 'x' } },
    output: { a: { value: 1 } },
    '//': { a: 1 },
  });
  expect([...readTerraform(file).resources.keys()]).toEqual(['aws_vpc.main']);
  const whole = readTerraform(directory);
  expect([...whole.resources.keys(), ...whole.variables.keys()]).toEqual(['aws_vpc.main', 'var.region']);
  expect(whole.resources.get('aws_vpc.main')?.source.path).toBe(file);
});

test('reads blocks that are wrapped in lists, as HCL converted to JSON has them', () => {
  const path = write('main.tf.json', {
    resource: [{ aws_vpc: [{ main: [{ cidr_block: '10.0.0.0/16' }] }] }],
    locals: [{ a: 1 }, { b: 2 }],
    provider: { aws: [{ region: 'x' }, { region: 'y', alias: 'west' }] },
  });
  const { resources, locals, providers } = readTerraform(path);
  expect(resources.get('aws_vpc.main')?.body).toEqual({ cidr_block: '10.0.0.0/16' });
  expect([...locals.keys()]).toEqual(['local.a', 'local.b']);
  expect(providers.map(({ alias }) => alias)).toEqual([undefined, 'west']);
});

test('skips a byte order mark', () => {
  const path = write('main.tf.json', `\uFEFF${JSON.stringify(vpc)}`);
  expect(readTerraform(path).resources.size).toBe(1);
});

test.each([
  ['{"resource": {', 'SIM_TERRAFORM_INVALID', 'it is not valid JSON'],
  ['{\n "a": 1,\n "secret-text" }', 'SIM_TERRAFORM_INVALID', 'it is not valid JSON (line 3 column 16)'],
  ['', 'SIM_TERRAFORM_INVALID', 'it is not valid JSON'],
  ['[]', 'SIM_TERRAFORM_INVALID', 'it holds no JSON object'],
  ['null', 'SIM_TERRAFORM_INVALID', 'it holds no JSON object'],
  ['"x"', 'SIM_TERRAFORM_INVALID', 'it holds no JSON object'],
  [
    `{"locals": {"a": ${'['.repeat(200)}${']'.repeat(200)}}}`,
    'SIM_TERRAFORM_INVALID',
    'more than 100 levels',
  ],
  [`{"locals": {"a": ${'['.repeat(200_000)}${']'.repeat(200_000)}}}`, 'SIM_TERRAFORM_INVALID', ''],
])('refuses the text %.30s in one line', (text, code, reason) => {
  const path = write('main.tf.json', text);
  const failure = failureOf(() => readTerraform(path));
  expect(failure).toMatchObject({ code, details: { file: path } });
  expect(failure.message).toContain(reason);
  expect(failure.message).not.toMatch(/\n|secret-text/);
});

test.each([
  [{ resource: { aws_vpc: { main: 5 } } }, 'resource.aws_vpc.main', 'it is not an object'],
  [{ resource: 'x' }, 'resource', 'it is not an object'],
  [{ resource: { aws_vpc: { main: [{}, {}] } } }, 'aws_vpc.main', 'it stands twice'],
  [{ resuorce: {} }, 'resuorce', 'there is no such top-level block'],
  [{ constructor: {} }, 'constructor', 'there is no such top-level block'],
])('refuses %j', (document, address, reason) => {
  const failure = failureOf(() => readTerraform(write('main.tf.json', document)));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { address } });
  expect(failure.message).toContain(reason);
});

test('refuses a name that stands twice in one object, with its line', () => {
  const text =
    '{\n "resource": {"aws_vpc": {\n  "main": {"cidr_block": "10.0.0.0/16"},\n  "main": {}\n }}\n}';
  const failure = failureOf(() => readTerraform(write('main.tf.json', text)));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { line: 4, address: 'resource.aws_vpc.main' },
  });
  expect(failure.message).toContain('"main" stands twice in one object');
});

test('refuses a block that stands in two files, and names both places', () => {
  write('a.tf.json', vpc);
  write('b.tf.json', vpc);
  const failure = failureOf(() => readTerraform(directory));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { file: join(directory, 'b.tf.json'), line: 4 },
  });
  expect(failure.message).toContain(`first in ${join(directory, 'a.tf.json')}:4`);
});

test('refuses modules by name', () => {
  const failure = failureOf(() =>
    readTerraform(write('main.tf.json', { module: { network: { source: './n' } } })),
  );
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_UNSUPPORTED',
    details: { address: 'module.network' },
  });
});

test.each([
  ['network.tf', 'HCL is not read yet'],
  ['network.tofu', 'HCL is not read yet'],
  ['x.tofu.json', 'OpenTofu-only files are not read yet'],
  ['a_override.tf.json', 'override files are not read yet'],
  ['override.tf.json', 'override files are not read yet'],
  ['terraform.tfvars', 'variable files are not read yet'],
  ['prod.auto.tfvars.json', 'variable files are not read yet'],
])('refuses a directory with %s, which Terraform would read as well', (name, reason) => {
  const file = write('main.tf.json', vpc);
  const other = write(name, '');
  const failure = failureOf(() => readTerraform(directory));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNSUPPORTED', details: { file: other } });
  expect(failure.message).toContain(reason);
  expect(readTerraform(file).resources.size).toBe(1);
});

test('leaves out hidden files and backups, as Terraform does', () => {
  write('main.tf.json', vpc);
  write('.hidden.tf.json', 'x');
  write('main.tf.json~', 'x');
  expect(readTerraform(directory).resources.size).toBe(1);
});

test('a missing path, an empty directory and a directory named like a file are unreadable', () => {
  mkdirSync(join(directory, 'sub'));
  mkdirSync(join(directory, 'odd'));
  mkdirSync(join(directory, 'odd', 'x.tf.json'));
  const cases = [
    [join(directory, 'none'), 'there is no such file or directory'],
    [join(directory, 'sub'), 'no *.tf.json file is in it'],
    [join(directory, 'odd'), 'it is a directory'],
  ] as const;
  for (const [path, reason] of cases) {
    const failure = failureOf(() => readTerraform(path));
    expect(failure.code).toBe('SIM_TERRAFORM_UNREADABLE');
    expect(failure.message).toContain(reason);
    expect(failure.message).toMatch(/; give a Terraform JSON file, or a directory that holds \*\.tf\.json$/);
  }
});

test('refuses what is no regular file at once', () => {
  expect(() => readTerraform('/dev/zero')).toThrow(/\/dev\/zero: it is no regular file/);
});
