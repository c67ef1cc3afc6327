import { expect, test } from 'vitest';
import { evaluated, failureOf } from './written.ts';

const network = {
  resource: {
    aws_vpc: { main: { cidr_block: '10.0.0.0/16', tags: { Name: 'main' } } },
    aws_subnet: {
      a: {
        cidr_block: `\${cidrsubnet(aws_vpc.main.cidr_block, 8, 3)}`,
        vpc_id: `\${aws_vpc.main.id}`,
        name: null,
      },
    },
    aws_instance: { many: { count: 2 }, each: { for_each: ['x'] } },
  },
  data: { aws_region: { here: { provider: 'aws' } } },
  variable: {
    region: { default: 'eu-west-1' },
    literal: { default: { text: `\${not.read}` } },
    unset: { type: 'string' },
  },
};

test.each([
  [`\${aws_vpc.main.cidr_block}`, '10.0.0.0/16'],
  [`\${aws_subnet.a.cidr_block}`, '10.0.3.0/24'],
  [`\${aws_vpc.main["tags"].Name}`, 'main'],
  [`\${aws_subnet.a.vpc_id}`, { kind: 'reference', address: 'aws_vpc.main', attribute: 'id' }],
  [`\${aws_subnet.a.name}`, { kind: 'reference', address: 'aws_subnet.a', attribute: 'name' }],
  [`\${[aws_vpc.main.id]}`, [{ kind: 'reference', address: 'aws_vpc.main', attribute: 'id' }]],
  [
    `\${concat([aws_vpc.main.id], ["x"])[0]}`,
    { kind: 'reference', address: 'aws_vpc.main', attribute: 'id' },
  ],
  [
    `\${data.aws_region.here.name}`,
    { kind: 'reference', address: 'data.aws_region.here', attribute: 'name' },
  ],
  [`\${length([aws_vpc.main.id, aws_vpc.main.id])}`, 2],
  [
    `\${toset([aws_vpc.main.id, aws_vpc.main.id])}`,
    [{ kind: 'reference', address: 'aws_vpc.main', attribute: 'id' }],
  ],
  [`\${var.region}-x`, 'eu-west-1-x'],
  [`\${var.literal.text}`, `\${not.read}`],
])('%s follows the reference', (template, value) => {
  expect(evaluated(template, network)).toEqual(value);
});

test.each([
  [`x-\${aws_vpc.main.arn}`, 'aws_vpc.main.arn is known only after apply'],
  [`\${aws_vpc.main.arn}/*`, 'aws_vpc.main.arn is known only after apply'],
  [`\${aws_vpc.main.ids[0]}`, 'aws_vpc.main.ids is known only after apply'],
  [`\${aws_vpc.main.endpoint.port + 1}`, 'aws_vpc.main.endpoint is known only after apply'],
  [`\${aws_vpc.main}`, 'aws_vpc.main as a whole is known only after apply'],
  [`\${upper(aws_vpc.main.id)}`, 'aws_vpc.main.id is known only after apply'],
  [`\${join(",", [aws_vpc.main.id])}`, 'aws_vpc.main.id is known only after apply'],
  [`\${jsonencode({a = [aws_vpc.main.arn]})}`, 'aws_vpc.main.arn is known only after apply'],
  [
    `\${aws_vpc.main.id == "x" ? 1 : 2}`,
    'the condition is not known: aws_vpc.main.id is known only after apply',
  ],
  [`\${!aws_vpc.main.flag}`, 'aws_vpc.main.flag is known only after apply'],
  [`\${{(aws_vpc.main.id) = 1}}`, 'aws_vpc.main.id is known only after apply'],
  [`\${try(aws_vpc.main.id[0], 1)}`, 'aws_vpc.main.id is known only after apply'],
  [`\${aws_vpc.main.list[*].id}`, 'aws_vpc.main.list is known only after apply'],
  [`\${concat(aws_vpc.main.list...)}`, 'aws_vpc.main.list is known only after apply'],
  [`\${var.unset}`, 'var.unset has no default'],
])('%s is unknown, and says why', (template, reason) => {
  expect(evaluated(template, network)).toEqual({ kind: 'unknown', reason });
});

test.each([
  [`\${aws_vpc.mian.id}`, 'aws_vpc.mian.id is not in the configuration'],
  [`\${data.aws_region.there.name}`, 'data.aws_region.there.name is not in the configuration'],
  [`\${local.none}`, 'local.none is not in the configuration'],
  [`\${var.none}`, 'var.none is not in the configuration'],
  [`\${aws_instance.many[0].id}`, 'aws_instance.many has count, which is not read yet'],
  [`\${aws_instance.many.id}`, 'aws_instance.many has count, which is not read yet'],
  [`\${aws_instance.each["x"].id}`, 'aws_instance.each has for_each, which is not read yet'],
])('%s is an error that names what is missing', (template, reason) => {
  const failure = failureOf(() => evaluated(template, network));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNRESOLVED', details: { address: 'local.result' } });
  expect(failure.message).toContain(reason);
});

test('names of Object are names like any other', () => {
  const failure = failureOf(() => evaluated(`\${local.a.constructor}`, { locals: { a: {} } }));
  expect(failure.message).toContain('the object has no "constructor"');
  expect(evaluated(`\${aws_vpc.main.constructor}`, network)).toMatchObject({ attribute: 'constructor' });
  expect(evaluated(`\${local.a.kind}`, { locals: { a: { kind: 'reference' } } })).toBe('reference');
});

test('names in objects are templates, and comments are left out', () => {
  const name = `\${local.a}-b`;
  const value = evaluated({ '//': 'why', [name]: `\${local.a}` }, { locals: { a: 'x' } });
  expect(value).toEqual({ 'x-b': 'x' });
});

test('a cycle is refused with the way that it takes', () => {
  const locals = { a: `\${local.b}`, b: [`\${local.c}`], c: `\${local.a}` };
  const failure = failureOf(() => evaluated(`\${local.a}`, { locals }));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_UNRESOLVED', details: { address: 'local.c' } });
  expect(failure.message).toContain('it depends on itself: local.a → local.b → local.c → local.a');
});

test('a cycle between attributes of resources is refused', () => {
  const resource = {
    aws_vpc: { a: { cidr_block: `\${aws_vpc.b.cidr_block}` }, b: { cidr_block: `\${aws_vpc.a.cidr_block}` } },
  };
  const failure = failureOf(() => evaluated(`\${aws_vpc.a.cidr_block}`, { resource }));
  expect(failure.message).toContain('aws_vpc.a.cidr_block → aws_vpc.b.cidr_block → aws_vpc.a.cidr_block');
  expect(failure.details).toMatchObject({ address: 'aws_vpc.b', field: 'cidr_block' });
});

test('a chain of a hundred locals is followed, one of a thousand is refused', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [`l${index}`, index === 0 ? 'end' : `\${local.l${index - 1}}`]),
    );
  expect(evaluated(`\${local.l99}`, { locals: chain(100) })).toBe('end');
  const failure = failureOf(() => evaluated(`\${local.l999}`, { locals: chain(1_000) }));
  expect(failure.message).toContain('more than 400 levels');
});

test('an error names the place of the defect, not the place that asked', () => {
  const locals = { port: `\${nosuch(1)}` };
  const failure = failureOf(() => evaluated(`\${local.port}`, { locals }));
  expect(failure.details).toMatchObject({ file: 'main.tf.json', address: 'local.port', line: 3 });
});
