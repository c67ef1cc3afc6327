import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTerraform } from '../../../../../sim/terraform/index.ts';
import { planIn } from '../../../../../sim/terraform/plan/plan-document.ts';
import { failureOf, rejectionOf } from '../written.ts';
import { planDocument } from './written-plan.ts';

const directory = mkdtempSync(join(tmpdir(), 'plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const vpc = { address: 'aws_vpc.main', values: { cidr_block: '10.0.0.0/16' } };

function refusalOf(document: object | string): string {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const { code, message } = failureOf(() => planIn({ path: 'p.json', text }));
  expect(code).toBe('SIM_TERRAFORM_UNSUPPORTED');
  return message;
}

test.each([
  [
    'a state',
    { format_version: '1.0', terraform_version: '1.9.0', values: { root_module: {} } },
    'this is a state',
  ],
  ['an empty state', { format_version: '1.0' }, 'this is a state'],
  ['a state file', { version: 4, terraform_version: '1.9.0', serial: 1, resources: [] }, 'this is a state'],
  [
    'a log of one line',
    { '@level': 'info', '@message': 'Terraform 1.9.0' },
    'this is the log of terraform plan -json',
  ],
  [
    'a log',
    '{"@level":"info","@message":"Terraform 1.9.0"}\n{"@level":"info"}\n',
    'this is the log of terraform plan -json',
  ],
  [
    'a plan of an old format',
    planDocument([vpc], { format_version: '0.2' }),
    'its format is version 0.2, and only 1.x is known',
  ],
  ['a plan of a new format', planDocument([vpc], { format_version: '2.0' }), 'its format is version 2.0'],
  ['a plan that failed', planDocument([vpc], { errored: true }), 'the plan ended with an error'],
  [
    'a plan with -target',
    planDocument([vpc], { complete: false }),
    'the plan is not complete: it leaves resources out, as -target does',
  ],
  [
    'a plan with deferred changes',
    planDocument([vpc], {
      complete: false,
      deferred_changes: [{ reason: 'instance_count_unknown', resource_change: { address: 'aws_subnet.a' } }],
    }),
    'the plan is not complete: aws_subnet.a is deferred',
  ],
  [
    'a plan without configuration',
    planDocument([vpc], { configuration: undefined }),
    'it holds no configuration, so that nothing says what refers to what',
  ],
])('refuses %s in one line', (_, document, reason) => {
  const message = refusalOf(document);
  expect(message).toContain(`could not read p.json: ${reason}`);
  expect(message).not.toContain('\n');
});

test('takes a finished plan of Terraform and of OpenTofu', () => {
  const finished = { complete: true, errored: false, applyable: true };
  for (const format_version of ['1.0', '1.1', '1.2']) {
    const document = planDocument([vpc], { ...finished, format_version });
    expect(planIn({ path: 'p.json', text: JSON.stringify(document) })).toBeDefined();
  }
});

test('leaves what is neither plan nor state to the reader of configurations', async () => {
  const file = join(directory, 'main.tf.json');
  writeFileSync(file, JSON.stringify({ resource: { aws_vpc: { main: { cidr_block: '10.0.0.0/16' } } } }));
  expect([...(await readTerraform(file)).resources.keys()]).toEqual(['aws_vpc.main']);
});

test('a plan is read where it is named, a byte order mark before it or not', async () => {
  for (const mark of ['', '\uFEFF']) {
    const file = join(directory, 'plan.json');
    writeFileSync(file, `${mark}${JSON.stringify(planDocument([vpc]))}`);
    expect([...(await readTerraform(file)).resources.keys()]).toEqual(['aws_vpc.main']);
  }
});

test('refuses variables beside a plan, which has been made with its own', async () => {
  const file = join(directory, 'plan.json');
  writeFileSync(file, JSON.stringify(planDocument([vpc])));
  const { message } = await rejectionOf(() => readTerraform(file, { variables: { a: 'b' } }));
  expect(message).toContain('a plan holds the values of its variables already; leave out --var');
});

test('refuses a file of more than 50 MB before reading it', async () => {
  const file = join(directory, 'large.json');
  writeFileSync(file, Buffer.alloc(50_000_001, ' '));
  const { code, message } = await rejectionOf(() => readTerraform(file));
  expect(code).toBe('SIM_TERRAFORM_UNREADABLE');
  expect(message).toContain('it is larger than 50000000 bytes');
});
