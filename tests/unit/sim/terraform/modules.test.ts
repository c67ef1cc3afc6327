import { expect, test } from 'vitest';
import { createEvaluator, fieldsOf, type TerraformConfiguration } from '../../../../sim/terraform/index.ts';
import { readTerraform } from '../../../../sim/terraform/read-terraform.ts';
import { rejectionOf } from './written.ts';
import { writtenDirectory } from './written-directory.ts';

function attributeOf(configuration: TerraformConfiguration, address: string, name: string): unknown {
  const block = configuration.resources.get(address);
  if (block === undefined) throw new Error(`${address} was not read`);
  return fieldsOf(block, createEvaluator(configuration)).value(name)?.value;
}

const leaf = `variable "name" {
  type = string
}
variable "size" {
  type    = number
  default = 1
}
resource "t" "leaf" {
  count = var.size
  name  = "\${var.name}-\${count.index}"
  where = path.module
}
output "ids" {
  value = t.leaf[*].id
}
output "first" {
  value = t.leaf[0].name
}
`;

const middle = `variable "names" {}
module "leaf" {
  source   = "../leaf"
  for_each = toset(var.names)
  name     = each.key
  size     = 2
}
output "firsts" {
  value = { for name, leaf in module.leaf : name => leaf.first }
}
`;

const root = `module "one" {
  source = "./leaf"
  name   = local.name
}
module "many" {
  source = "./middle"
  count  = 2
  names  = ["x", "y\${count.index}"]
}
locals {
  name = "root"
}
resource "t" "uses" {
  first = module.many[1].firsts["y1"]
  one   = module.one.ids
  all   = [for m in module.many : keys(m.firsts)]
}
`;

test('modules in modules, by count and for_each, have the addresses that Terraform gives', async () => {
  using directory = writtenDirectory({
    'main.tf': root,
    'leaf/main.tf': leaf,
    'middle/main.tf': middle,
  });
  const configuration = await readTerraform(directory.path);
  expect([...configuration.resources.keys()].sort()).toEqual(
    [
      't.uses',
      'module.one.t.leaf[0]',
      'module.many[0].module.leaf["x"].t.leaf[0]',
      'module.many[0].module.leaf["x"].t.leaf[1]',
      'module.many[0].module.leaf["y0"].t.leaf[0]',
      'module.many[0].module.leaf["y0"].t.leaf[1]',
      'module.many[1].module.leaf["x"].t.leaf[0]',
      'module.many[1].module.leaf["x"].t.leaf[1]',
      'module.many[1].module.leaf["y1"].t.leaf[0]',
      'module.many[1].module.leaf["y1"].t.leaf[1]',
    ].sort(),
  );
  expect(attributeOf(configuration, 't.uses', 'first')).toBe('y1-0');
  expect(attributeOf(configuration, 't.uses', 'one')).toEqual([
    { kind: 'reference', address: 'module.one.t.leaf[0]', attribute: 'id' },
  ]);
  expect(attributeOf(configuration, 't.uses', 'all')).toEqual([
    ['x', 'y0'],
    ['x', 'y1'],
  ]);
  expect(attributeOf(configuration, 'module.one.t.leaf[0]', 'name')).toBe('root-0');
  expect(attributeOf(configuration, 'module.many[0].module.leaf["x"].t.leaf[1]', 'where')).toBe('leaf');
  expect(configuration.resources.get('module.one.t.leaf[0]')?.source.path).toBe(
    directory.file('leaf/main.tf'),
  );
});

test('keys are quoted as Terraform quotes them', async () => {
  using directory = writtenDirectory({
    'main.tf': `resource "t" "x" {\n  for_each = toset(["a\\"b\\\\c\\n", "$\${d}", "é"])\n}\n`,
  });
  const { resources } = await readTerraform(directory.path);
  expect([...resources.keys()].sort()).toEqual([`t.x["$\${d}"]`, 't.x["a\\"b\\\\c\\n"]', 't.x["é"]']);
});

test('providers go through the calls of modules', async () => {
  using directory = writtenDirectory({
    'main.tf': `provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
module "near" {
  source = "./m"
}
module "far" {
  source    = "./m"
  providers = { aws = aws.west }
}
resource "aws_vpc" "far" {
  provider = aws.west
}
`,
    'm/main.tf':
      'data "aws_region" "here" {}\nresource "aws_vpc" "a" {\n  region = data.aws_region.here.name\n}\n',
  });
  const configuration = await readTerraform(directory.path);
  expect([...configuration.resources.values()].map(({ address, provider }) => [address, provider])).toEqual([
    ['aws_vpc.far', 'aws.west'],
    ['module.far.aws_vpc.a', 'aws.west'],
    ['module.near.aws_vpc.a', 'aws'],
  ]);
  expect(attributeOf(configuration, 'module.near.aws_vpc.a', 'region')).toBe('eu-west-1');
  expect(attributeOf(configuration, 'module.far.aws_vpc.a', 'region')).toBe('us-west-2');
});

const call = (source: string, more = '') => `\nmodule "m" {\n  source = "${source}"\n${more}}\n`;

test.each([
  [call('hashicorp/vpc/aws'), 'main.tf:3', 'module.m source', 'the module is not local'],
  [call('git::https://example.com/vpc.git'), 'main.tf:3', 'module.m source', 'the module is not local'],
  [call('./none'), 'main.tf:3', 'module.m source', 'there is no such file or directory'],
  [call('./empty'), 'main.tf:3', 'module.m source', 'no *.tf or *.tf.json file is in it'],
  [call('./'), 'main.tf:3', 'module.m source', 'the module calls itself'],
  [
    call('./leaf', '  name = "x"\n  nmae = 1\n'),
    'main.tf:5',
    'module.m nmae',
    'the module has no such variable',
  ],
  [call('./leaf'), 'main.tf:2', 'module.m', 'name is missing, which the module requires'],
  [call('./leaf', '  name = []\n'), 'main.tf:4', 'module.m name', 'string'],
  [
    `${call('./leaf', '  name = "x"\n')}output "o" {\n  value = module.m.none\n}\n`,
    'main.tf:7',
    'output.o',
    'module.m.none is not in the configuration',
  ],
  [
    `${call('./leaf', '  name = module.m.first\n')}`,
    'main.tf',
    '',
    'it depends on itself: module.m.first → module.m.t.leaf[0].name → module.m.var.name → module.m.first',
  ],
])('%j is one clear mistake', async (text, place, address, reason) => {
  using directory = writtenDirectory({ 'main.tf': text, 'leaf/main.tf': leaf, 'empty/x.txt': '' });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.message).not.toContain('\n');
  expect(failure.message).toContain(directory.file(place));
  expect(failure.message).toContain(address);
  expect(failure.message).toContain(reason);
});

test('a module whose repetition is not known is carried with all that is in it', async () => {
  using directory = writtenDirectory({
    'main.tf': `resource "t" "a" {}
module "m" {
  source   = "./middle"
  for_each = t.a.zones
  names    = []
}
`,
    'middle/main.tf': middle,
    'leaf/main.tf': leaf,
  });
  const { resources, unexpanded } = await readTerraform(directory.path);
  expect([...resources.keys()]).toEqual(['t.a']);
  expect(unexpanded).toEqual([
    {
      address: 'module.m.module.leaf.t.leaf',
      kind: 'resource',
      type: 't',
      cause: {
        address: 'module.m',
        reason: 'for_each: t.a.zones is known only after apply',
        place: { file: directory.file('main.tf'), line: 4 },
      },
      place: { file: directory.file('leaf/main.tf'), line: 8 },
    },
  ]);
});

test('modules that multiply beyond bounds are refused', async () => {
  const level = (inner: string) => `module "m" {\n  source = "${inner}"\n  count  = 500\n}\n`;
  using directory = writtenDirectory({
    'main.tf': level('./a'),
    'a/main.tf': level('../b'),
    'b/main.tf': 'resource "t" "x" {}\n',
  });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.code).toBe('SIM_TERRAFORM_UNSUPPORTED');
  expect(failure.message).toContain('more than 50000 instances');
});
