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
    aws_instance: {
      many: { count: 2, name: `n\${count.index}` },
      each: { for_each: `\${{ x = 1, y = 2 }}`, size: `\${each.value}`, name: `\${each.key}` },
      later: { count: `\${aws_vpc.main.ids}` },
    },
  },
  data: { aws_region: { here: { provider: 'aws' } } },
  variable: {
    region: { default: 'eu-west-1' },
    literal: { default: { text: `\${not.read}` } },
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
  [`\${data.aws_region.here.name}`, 'us-east-1'],
  [`\${aws_instance.many[1].name}`, 'n1'],
  [`\${aws_instance.many[*].name}`, ['n0', 'n1']],
  [`\${aws_instance.many[1].id}`, { kind: 'reference', address: 'aws_instance.many[1]', attribute: 'id' }],
  [`\${length(aws_instance.many)}`, 2],
  [`\${aws_instance.each["y"].size}`, 2],
  [
    `\${aws_instance.each["x"].id}`,
    { kind: 'reference', address: 'aws_instance.each["x"]', attribute: 'id' },
  ],
  [`\${values(aws_instance.each)[*].name}`, ['x', 'y']],
  [`\${keys(aws_instance.each)}`, ['x', 'y']],
  [`\${{ for k, v in aws_instance.each : k => v.size }}`, { x: 1, y: 2 }],
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
  [`\${upper(aws_vpc.main.id)}`, 'aws_vpc.main.id is known only after apply'],
  [`\${join(",", [aws_vpc.main.id, "x"])}`, 'aws_vpc.main.id is known only after apply'],
  [`\${jsonencode({a = [aws_vpc.main.arn]})}`, 'aws_vpc.main.arn is known only after apply'],
  [
    `\${aws_vpc.main.id == "vpc-1" ? 1 : 2}`,
    'the condition is not known: aws_vpc.main.id is known only after apply',
  ],
  [`\${!aws_vpc.main.flag}`, 'aws_vpc.main.flag is known only after apply'],
  [`\${{(aws_vpc.main.id) = 1}}`, 'aws_vpc.main.id is known only after apply'],
  [`\${try(aws_vpc.main.id[0], 1)}`, 'aws_vpc.main.id is known only after apply'],
  [`\${aws_vpc.main.list[*].id}`, 'aws_vpc.main.list is known only after apply'],
  [`\${concat(aws_vpc.main.list...)}`, 'aws_vpc.main.list is known only after apply'],
  [
    `\${aws_instance.later[0].id}`,
    'the instances of aws_instance.later are not known: count: aws_vpc.main.ids is known only after apply',
  ],
])('%s is unknown, and says why', (template, reason) => {
  expect(evaluated(template, network)).toEqual({ kind: 'unknown', reason });
});

test.each([
  [`\${aws_vpc.mian.id}`, 'aws_vpc.mian is not in the configuration'],
  [`\${data.aws_region.there.name}`, 'data.aws_region.there is not in the configuration'],
  [`\${local.none}`, 'local.none is not in the configuration'],
  [`\${var.none}`, 'var.none is not in the configuration'],
  [`\${aws_instance.many[2].id}`, 'the list has 2 items, and no item 2'],
  [`\${aws_instance.each["z"].id}`, 'the object has no "z"'],
  [`\${each.key}`, '"each" stands in a block without for_each'],
  [`\${count.index}`, '"count" stands in a block without count'],
  [`\${module.net.id}`, 'module.net is not in the configuration'],
  [`\${terraform.version}`, 'terraform.version is not in the configuration'],
])('%s is an error that names what is missing', (template, reason) => {
  const failure = failureOf(() => evaluated(template, network));
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { address: 'local.result' } });
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
  expect(failure).toMatchObject({ code: 'SIM_TERRAFORM_INVALID', details: { address: 'local.c' } });
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

test('a chain of a hundred attributes is followed, one of a thousand is refused', () => {
  const chain = (length: number) => ({
    resource: {
      t: Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `x${index}`,
          // Not evaluated before it is asked for, so that the chain is followed from its start.
          { connection: index === length - 1 ? 'end' : `\${t.x${index + 1}.connection}` },
        ]),
      ),
    },
  });
  expect(evaluated(`\${t.x0.connection}`, chain(100))).toBe('end');
  const failure = failureOf(() => evaluated(`\${t.x0.connection}`, chain(1_000)));
  expect(failure.message).toContain('more than 400 levels');
});

test('an error names the place of the defect, not the place that asked', () => {
  const locals = { port: `\${nosuch(1)}` };
  const failure = failureOf(() => evaluated(`\${local.port}`, { locals }));
  expect(failure.details).toMatchObject({ file: 'main.tf.json', address: 'local.port', line: 3 });
});

test('loops in loops end within the bound, are told once, and are not run again for whoever refers to them', () => {
  const inner = '[for c in local.many : c]';
  const locals = {
    many: `\${range(1000)}`,
    deep: `\${sum([for a in local.many : sum([for b in local.many : sum(${inner})])])}`,
    all: `\${[for a in local.many : try(local.deep, 1)]}`,
  };
  const started = process.cpuUsage();
  const resource = { t: { x: { count: 30, field: `\${local.deep}` } } };
  const failure = failureOf(() => evaluated(`\${local.all}`, { locals, resource }));
  expect(failure.details).toMatchObject({ address: 'local.deep', line: 4 });
  expect(failure.message).toMatch(/^[^\n]*takes more than \d+ steps[^\n]*$/);
  // Run for each of the thirty, it takes many times that.
  expect(process.cpuUsage(started).user).toBeLessThan(8_000_000);
});

test('a reference may say that it means a resource', () => {
  expect(evaluated(`\${resource.aws_vpc.main.cidr_block}`, network)).toBe('10.0.0.0/16');
  const failure = failureOf(() => evaluated(`\${resource.aws_vpc.none.id}`, network));
  expect(failure.message).toContain('aws_vpc.none is not in the configuration');
});
