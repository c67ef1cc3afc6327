import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createEvaluator,
  fieldsOf,
  placeOf,
  readTerraform,
  siteOf,
} from '../../../../sim/terraform/index.ts';
import { siteOfStep } from '../../../../sim/terraform/site.ts';
import { rejectionOf } from './written.ts';

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

test('reads a file, and all *.tf.json of a directory, alike', async () => {
  const file = write('main.tf.json', vpc);
  write('more.tf.json', {
    variable: { region: { default: 'x' } },
    output: { a: { value: 1 } },
    '//': { a: 1 },
  });
  expect([...(await readTerraform(file)).resources.keys()]).toEqual(['aws_vpc.main']);
  const whole = await readTerraform(directory);
  expect([...whole.resources.keys(), ...whole.variables.keys()]).toEqual(['aws_vpc.main', 'var.region']);
  expect(whole.resources.get('aws_vpc.main')?.source.path).toBe(file);
});

test('reads blocks that are wrapped in lists, as HCL converted to JSON has them', async () => {
  const path = write('main.tf.json', {
    resource: [{ aws_vpc: [{ main: [{ cidr_block: '10.0.0.0/16' }] }] }],
    locals: [{ a: 1 }, { b: 2 }],
    provider: { aws: [{ region: 'x' }, { region: 'y', alias: 'west' }] },
  });
  const { resources, locals, providers } = await readTerraform(path);
  expect(resources.get('aws_vpc.main')?.body).toEqual({ cidr_block: '10.0.0.0/16' });
  expect([...locals.keys()]).toEqual(['local.a', 'local.b']);
  expect(providers.map(({ alias }) => alias)).toEqual([undefined, 'west']);
});

test('skips a byte order mark', async () => {
  const path = write('main.tf.json', `\uFEFF${JSON.stringify(vpc)}`);
  expect((await readTerraform(path)).resources.size).toBe(1);
});

test.each([
  ['{"resource": {', 'SIM_TERRAFORM_INVALID', 'it is not valid JSON'],
  ['{\n "a": 1,\n "secret-text" }', 'SIM_TERRAFORM_INVALID', ':3: it is not valid JSON'],
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
])('refuses the text %.30s in one line', async (text, code, reason) => {
  const path = write('main.tf.json', text);
  const failure = await rejectionOf(() => readTerraform(path));
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
])('refuses %j', async (document, address, reason) => {
  const failure = await rejectionOf(() => readTerraform(write('main.tf.json', document)));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { address } });
  expect(failure.message).toContain(reason);
});

test('refuses a name that stands twice in one object, with its line', async () => {
  const text =
    '{\n "resource": {"aws_vpc": {\n  "main": {"cidr_block": "10.0.0.0/16"},\n  "main": {}\n }}\n}';
  const failure = await rejectionOf(() => readTerraform(write('main.tf.json', text)));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { line: 4, address: 'resource.aws_vpc.main' },
  });
  expect(failure.message).toContain('"main" stands twice in one object');
});

test('refuses a block that stands in two files, and names both places', async () => {
  write('a.tf.json', vpc);
  write('b.tf.json', vpc);
  const failure = await rejectionOf(() => readTerraform(directory));
  expect(failure).toMatchObject({
    code: 'SIM_TERRAFORM_INVALID',
    details: { file: join(directory, 'b.tf.json'), line: 4 },
  });
  expect(failure.message).toContain(`first in ${join(directory, 'a.tf.json')}:4`);
});

test('reads HCL and JSON of one directory together', async () => {
  const json = write('a.tf.json', vpc);
  const hcl = write('b.tf', `resource "aws_subnet" "a" {\n  vpc_id = aws_vpc.main.id\n}\n`);
  const { resources } = await readTerraform(directory);
  expect([...resources.values()].map(({ address, source }) => [address, source.path])).toEqual([
    ['aws_vpc.main', json],
    ['aws_subnet.a', hcl],
  ]);
  const subnet = resources.get('aws_subnet.a');
  expect(subnet && placeOf(siteOfStep(siteOf(subnet), 'vpc_id'))).toEqual({ file: hcl, line: 2 });
});

test.each(['network.tofu', 'x.tofu.json'])('refuses a directory with %s, by name', async (name) => {
  const file = write('main.tf.json', vpc);
  const other = write(name, '');
  const failure = await rejectionOf(() => readTerraform(directory));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNSUPPORTED', details: { file: other } });
  expect(failure.message).toContain('OpenTofu-only files are not read');
  expect((await readTerraform(file)).resources.size).toBe(1);
});

test.each([
  ['planned_values', 'plan.json', 'it holds no configuration'],
  ['values', 'state.json', 'this is a state'],
])(
  'refuses a document with %s alone where it is named, and ignores it in a directory',
  async (member, name, reason) => {
    write('main.tf.json', vpc);
    const plan = write(name, { format_version: '1.2', [member]: {} });
    expect((await readTerraform(directory)).resources.size).toBe(1);
    const failure = await rejectionOf(() => readTerraform(plan));
    expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNSUPPORTED', details: { file: plan } });
    expect(failure.message).toContain(reason);
  },
);

test.each([
  ['resource "aws_vpc" {\n}\n', 'a resource block has 2 labels, this one has 1'],
  ['resource "aws_vpc" "a" "b" {\n}\n', 'a resource block has 2 labels, this one has 3'],
  ['locals "x" {\n}\n', 'a locals block has 0 labels, this one has 1'],
  ['module {\n}\n', 'a module block has 1 labels, this one has 0'],
])('refuses the labels of %j', async (text, reason) => {
  const file = write('main.tf', `\n${text}`);
  const failure = await rejectionOf(() => readTerraform(directory));
  expect(failure.message).toContain(`${file}:2): ${reason}`);
});

test('an override file replaces arguments, and nested blocks by their kind', async () => {
  const main = write(
    'main.tf',
    `resource "aws_security_group" "a" {
  name = "a"
  ingress {
    from_port = 1
  }
  dynamic "egress" {
    for_each = [1]
    content {}
  }
  tags = { a = 1 }
}
locals {
  x = 1
  y = 2
}
`,
  );
  const override = write(
    'override.tf',
    `resource "aws_security_group" "a" {
  dynamic "ingress" {
    for_each = [2]
    content {
      from_port = ingress.value
    }
  }
  egress {
    from_port = 3
  }
  name = "b"
}
locals {
  x = 3
}
`,
  );
  const configuration = await readTerraform(directory);
  const group = configuration.resources.get('aws_security_group.a');
  if (group === undefined) throw new Error('the group was not read');
  const fields = fieldsOf(group, createEvaluator(configuration));
  const ports = (name: string) => fields.blocks(name).map((block) => block.number('from_port'));
  expect([fields.text('name'), ports('ingress'), ports('egress')]).toEqual(['b', [2], [3]]);
  expect([placeOf(fields.siteOf('name')), placeOf(fields.siteOf('tags'))]).toEqual([
    { file: override, line: 11 },
    { file: main, line: 10 },
  ]);
  expect(fields.blocks('egress').map(({ site }) => placeOf(site))).toEqual([{ file: override, line: 8 }]);
  expect(configuration.locals.get('local.x')?.value).toBe(3);
  expect(configuration.locals.get('local.y')?.value).toBe(2);
});

test('an override of a block that is nowhere else is a mistake', async () => {
  write('main.tf', '');
  const file = write('x_override.tf.json', vpc);
  const failure = await rejectionOf(() => readTerraform(directory));
  expect(failure.message).toContain(`aws_vpc.main (${file}:4): no other file has the block`);
});

test('leaves out hidden files and backups, as Terraform does', async () => {
  write('main.tf.json', vpc);
  write('.hidden.tf.json', 'x');
  write('main.tf.json~', 'x');
  expect((await readTerraform(directory)).resources.size).toBe(1);
});

test('a missing path, an empty directory and a directory named like a file are unreadable', async () => {
  mkdirSync(join(directory, 'sub'));
  mkdirSync(join(directory, 'odd'));
  mkdirSync(join(directory, 'odd', 'x.tf.json'));
  const cases = [
    [join(directory, 'none'), 'there is no such file or directory'],
    [join(directory, 'sub'), 'no *.tf or *.tf.json file is in it'],
    [join(directory, 'odd'), 'it is a directory'],
  ] as const;
  for (const [path, reason] of cases) {
    const failure = await rejectionOf(() => readTerraform(path));
    expect(failure.code).toBe('SIM_TERRAFORM_UNREADABLE');
    expect(failure.message).toContain(reason);
    expect(failure.message).toMatch(/; give a file or a directory of Terraform, \*\.tf or \*\.tf\.json$/);
  }
});

test('refuses what is no regular file at once', async () => {
  const failure = await rejectionOf(() => readTerraform('/dev/zero'));
  expect(failure.message).toMatch(/\/dev\/zero: it is no regular file/);
});
