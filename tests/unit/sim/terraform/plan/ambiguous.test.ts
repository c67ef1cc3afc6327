/** Of a configuration made to mislead, the plan tells no reference that is not there, and says what it does not show. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  createEvaluator,
  isList,
  isMap,
  isSymbolic,
  readTerraform,
  reasonOf,
  type TerraformConfiguration,
  type Value,
} from '../../../../../sim/terraform/index.ts';
import { siteOf } from '../../../../../sim/terraform/site.ts';
import {
  edgesOfConfiguration,
  edgesOfState,
  Identities,
  managedIn,
  type State,
  withoutThose,
} from '../../fixtures/edges.ts';

const directory = fileURLToPath(new URL('../../../../fixtures/terraform-plans/ambiguous', import.meta.url));
const plans = ['plan.json', 'plan-aws-5.100.json'];

const resources = managedIn(JSON.parse(readFileSync(`${directory}/applied.json`, 'utf8')) as State);
const identities = new Identities(resources);
const applied = edgesOfState(resources, identities);

test('its HCL refers to what its applied state refers to, edge for edge', async () => {
  const found = edgesOfConfiguration(await readTerraform(directory), identities);
  expect({ missing: withoutThose(applied, found), extra: withoutThose(found, applied) }).toEqual({
    missing: [],
    extra: [],
  });
});

test.each(plans)('%s refers to nothing but what its applied state refers to', async (plan) => {
  const found = edgesOfConfiguration(await readTerraform(`${directory}/${plan}`), identities);
  expect(found.length).toBeGreaterThan(20);
  expect(withoutThose(found, applied)).toEqual([]);
});

/** Every member of a value, flat, in words. */
function told(value: Value): readonly string[] {
  if (isSymbolic(value)) {
    return [value.kind === 'reference' ? `${value.address}.${value.attribute}` : reasonOf(value)];
  }
  if (isList(value)) return value.flatMap(told);
  return isMap(value) ? [...value.values()].flatMap(told) : [];
}

function toldOf(configuration: TerraformConfiguration, address: string, field: string): readonly string[] {
  const block = configuration.resources.get(address);
  if (block === undefined) throw new Error(`${address} is not in the plan`);
  return told(createEvaluator(configuration).evaluate(block.body[field] ?? null, siteOf(block)));
}

const HIDDEN = 'it is known only after apply, and the plan does not show the block that it stands in';
const eitherSubnet = (chooser: string) =>
  `the plan does not say which of aws_subnet.s["a"] and aws_subnet.s["b"] ${chooser}`;

const TOLD: readonly (readonly [address: string, field: string, ...members: string[]])[] = [
  ['aws_security_group.by_subnet', 'vpc_id', 'aws_vpc.main.id'],
  ['aws_security_group.written', 'ingress', 'aws_security_group.a.id'],
  ['aws_security_group.mixed', 'ingress', HIDDEN, HIDDEN],
  ['aws_security_group.mixed_by_choice', 'ingress', HIDDEN],
  ['aws_security_group.made', 'ingress', HIDDEN],
  [
    'aws_security_group_rule.by_address',
    'cidr_blocks',
    'it depends on aws_eip.nat.public_ip, which is known only after apply',
  ],
  ['aws_network_interface.offset[0]', 'subnet_id', eitherSubnet('count.index picks')],
  ['aws_network_interface.crossed["a"]', 'subnet_id', eitherSubnet('each.value picks')],
  ['aws_network_interface.same_keys["b"]', 'subnet_id', eitherSubnet('each.value.id picks')],
  ['aws_network_interface.conditional', 'subnet_id', eitherSubnet('var.pick picks')],
  ['aws_network_interface.by_local', 'subnet_id', 'the plan does not say what local.subnet holds'],
  ['aws_network_interface.plain', 'security_groups', 'aws_security_group.a.id'],
  ['aws_route_table.only', 'route', 'aws_internet_gateway.only[0].id'],
  // Each with a member that the provider computes.
  ['aws_lb.mixed', 'subnet_mapping', HIDDEN, HIDDEN, HIDDEN, HIDDEN],
  ['aws_security_group.in_dev', 'vpc_id', 'module.net["dev"].aws_vpc.this.id'],
  ['aws_security_group.in_one', 'vpc_id', 'module.one.aws_vpc.this.id'],
  [
    'aws_security_group.in_either',
    'vpc_id',
    'the plan does not say which of module.net["dev"].aws_vpc.this and module.net["prod"].aws_vpc.this var.pick picks',
  ],
];

test.each(plans)('%s is told as far as it can be, and why not further', async (plan) => {
  const configuration = await readTerraform(`${directory}/${plan}`);
  const found = TOLD.map(([address, field]) => [address, field, ...toldOf(configuration, address, field)]);
  expect(found).toEqual(TOLD);
});

test('a list with as many unknown members as it mentions groups holds each of them', async () => {
  const configuration = await readTerraform(`${directory}/plan.json`);
  const groups = (address: string) => toldOf(configuration, address, 'security_groups');
  expect(groups('aws_network_interface.two_groups')).toEqual([
    'aws_security_group.a.id',
    'aws_security_group.b.id',
  ]);
  expect(groups('aws_network_interface.one_of_two')).toEqual([
    'the plan does not say which of aws_security_group.a and aws_security_group.b it is',
  ]);
});

test('where the length of a list is not known, a literal may stand in it unless its VPC is new', async () => {
  const configuration = await readTerraform(`${directory}/plan-aws-5.100.json`);
  const groups = (address: string) => toldOf(configuration, address, 'security_groups');
  expect(groups('aws_network_interface.plain')).toEqual(['aws_security_group.a.id']);
  expect(groups('aws_network_interface.beside_a_literal')).toEqual([
    'aws_security_group.elsewhere.id',
    'the plan does not show what else stands beside aws_security_group.elsewhere',
  ]);
  expect(groups('aws_network_interface.two_groups')).toEqual([
    'the plan does not say which of aws_security_group.a and aws_security_group.b it is',
  ]);
});

test('a rule that a dynamic block makes of what is not known may be any, of any number', async () => {
  const configuration = await readTerraform(`${directory}/plan-aws-5.100.json`);
  const members = toldOf(configuration, 'aws_security_group.made_of_unknown', 'ingress');
  expect(members.length).toBeGreaterThan(3);
  expect(new Set(members)).toEqual(new Set([HIDDEN]));
});
