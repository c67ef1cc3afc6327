import { expect, test } from 'vitest';
import { readTerraform } from '../../../../sim/terraform/read-terraform.ts';
import { rejectionOf } from './written.ts';
import { writtenDirectory } from './written-directory.ts';

test('all mistakes of a configuration are told at once, sorted, each with file, line and address', async () => {
  using directory = writtenDirectory({
    'a.tf': `resource "aws_vpc" "main" {
  cidr_block = var.none
}
resource "aws_vpc" "main" {
}
locals {
  a = local.b
  b = local.a
}
`,
    'b.tf': 'resource "aws_vpc" "broken" {\n  cidr_block = = 1\n}\n',
    'c.tf': `module "far" {
  source = "hashicorp/vpc/aws"
}
module "lost" {
  source = "./lost"
}
resource "aws_subnet" "a" {
  tags = {
    text = file("missing.txt")
  }
  dynamic "rule" {
    for_each = [1]
    content {
      port = rule.valeu
    }
  }
}
output "far" {
  value = [module.far.id, aws_vpc.broken.id]
}
`,
    'd.tf.json': '{"resource": {"aws_vpc": {"x": {}, "x": {}}}}',
    'e.tf.json': '{"resource": [}',
  });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.code).toBe('SIM_TERRAFORM_PROBLEMS');
  const told = failure.message
    .replaceAll(`${directory.path}/`, '')
    .split('\n')
    .map((line) => line.replace(/; [^;]*$/, ''));
  expect(told).toEqual([
    'could not read aws_vpc.main cidr_block (a.tf:2): var.none is not in the configuration',
    'could not read aws_vpc.main (a.tf:4): it stands twice, first in a.tf:1',
    'could not read local.b (a.tf:8): it depends on itself: local.a → local.b → local.a',
    'could not read b.tf:2: it is not valid HCL: invalid expression',
    'could not simulate module.far source (c.tf:2): the module is not local (./… or ../…), and modules are not fetched here',
    'could not read module.lost source (c.tf:5): lost: there is no such file or directory',
    expect.stringMatching(/^could not read aws_subnet\.a tags\.text \(c\.tf:9\): .*missing\.txt/),
    expect.stringMatching(/^could not read aws_subnet\.a rule\[0\]\.port \(c\.tf:14\): .*valeu/),
    'could not read resource.aws_vpc.x (d.tf.json:1): "x" stands twice in one object',
    expect.stringMatching(/^could not read e\.tf\.json:1: it is not valid JSON/),
  ]);
});

test('a mistake that many meet is told once', async () => {
  using directory = writtenDirectory({
    'main.tf': `locals {
  bad = var.none
}
resource "t" "x" {
  count = 3
  a     = local.bad
  b     = local.bad
}
`,
  });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.message).toBe(
    `could not read local.bad (${directory.file('main.tf')}:2): var.none is not in the configuration; add it, or correct the reference`,
  );
});

test('no value is told where one of them is a secret, only what is wrong and where', async () => {
  using directory = writtenDirectory({
    'main.tf': `variable "pw" {
  type      = string
  sensitive = true
}
resource "t" "x" {
  a = cidrsubnet(var.pw, 8, 1)
  b = lookup({}, upper(var.pw))
}
`,
    'terraform.tfvars': 'pw = "hunter2"',
  });
  const failure = await rejectionOf(() => readTerraform(directory.path));
  expect(failure.message).not.toMatch(/hunter2/i);
  expect(JSON.stringify(failure.details)).not.toMatch(/hunter2/i);
  expect(failure.message).toMatch(
    /^could not read t\.x a \(\S+:6\): cidrsubnet: \(a value that may be secret\) /,
  );
});
