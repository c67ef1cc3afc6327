import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Block } from '../../../../sim/terraform/configuration.ts';
import { dynamicBlocksIn } from '../../../../sim/terraform/dynamic-blocks.ts';
import {
  createEvaluator,
  type Evaluator,
  fieldsOf,
  readTerraform,
  type Value,
} from '../../../../sim/terraform/index.ts';
import { siteOf, siteOfStep } from '../../../../sim/terraform/site.ts';
import { plain } from './written.ts';

interface Applied {
  readonly address: string;
  readonly mode: string;
  readonly values: Readonly<Record<string, unknown>>;
}

interface AppliedModule {
  readonly resources?: readonly Applied[];
  readonly child_modules?: readonly AppliedModule[];
}

const fixtures = fileURLToPath(new URL('../../../fixtures/terraform', import.meta.url));
const cases = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What Terraform itself made of the same files, with an id for everything. */
function appliedOf(name: string): ReadonlyMap<string, Applied> {
  const text = readFileSync(`${fixtures}/${name}/applied.json`, 'utf8');
  const all = (module: AppliedModule): readonly Applied[] => [
    ...(module.resources ?? []),
    ...(module.child_modules ?? []).flatMap(all),
  ];
  return new Map(all(JSON.parse(text).values.root_module).map((resource) => [resource.address, resource]));
}

test('all eight cases are there', () => {
  expect(cases).toHaveLength(8);
});

test.each(cases)('%s has the very instances that Terraform makes', async (name) => {
  const applied = [...appliedOf(name).values()];
  const { resources, dataSources, unexpanded } = await readTerraform(`${fixtures}/${name}`);
  const addresses = (mode: string) =>
    applied.filter((resource) => resource.mode === mode).map(({ address }) => address);
  expect([...resources.keys()].sort()).toEqual(addresses('managed').sort());
  expect([...dataSources.keys()].sort()).toEqual(addresses('data').sort());
  expect(unexpanded).toEqual([]);
});

/** Values of the account, which differ from stand-ins, and what the provider renders in its own way. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['tags']);

test.each(cases)('%s has every attribute as Terraform evaluates it, references included', async (name) => {
  const applied = appliedOf(name);
  const configuration = await readTerraform(`${fixtures}/${name}`);
  // What AWS chooses is what the state says, so that an edge to another instance is another id.
  const evaluator = createEvaluator(configuration, {
    computed: (address, attribute) => valueFrom(applied.get(address)?.values[attribute]),
  });
  let compared = 0;
  for (const block of configuration.resources.values()) {
    const expected = applied.get(block.address)?.values ?? {};
    for (const [attribute, value] of writtenValues(block, evaluator)) {
      if (NOT_COMPARED.has(attribute)) continue;
      const got = plain(value);
      expect({ [`${block.address}.${attribute}`]: comparable(got, expected[attribute]) }).toEqual({
        [`${block.address}.${attribute}`]: comparable(expected[attribute], expected[attribute]),
      });
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(16);
});

/** Attributes, and nested blocks as lists of maps. */
function writtenValues(block: Block, evaluator: Evaluator): readonly (readonly [string, Value])[] {
  const dynamic = [...dynamicBlocksIn(block.body, siteOf(block)).keys()];
  const fields = fieldsOf(block, evaluator);
  const meta = new Set(['count', 'for_each', 'lifecycle', 'depends_on', 'dynamic', 'provider']);
  const plain = Object.keys(block.body).filter((name) => !meta.has(name) && !dynamic.includes(name));
  return [
    ...plain.map((name) => {
      const site = siteOfStep(siteOf(block), name);
      return [name, evaluator.evaluate(block.body[name] ?? null, site)] as const;
    }),
    ...dynamic.map((name) => {
      const blocks = fields
        .blocks(name)
        .map(
          (nested): Value =>
            new Map(
              [
                'description',
                'protocol',
                'from_port',
                'to_port',
                'cidr_block',
                'cidr_blocks',
                'gateway_id',
                'rule_no',
                'action',
              ]
                .filter((member) => nested.isWritten(member))
                .map((member) => [member, nested.value(member)?.value ?? null]),
            ),
        );
      return [name, blocks] as const;
    }),
  ];
}

function valueFrom(json: unknown): Value | undefined {
  if (json === undefined || json === null) return undefined;
  if (Array.isArray(json)) return json.map((item) => valueFrom(item) ?? null);
  if (typeof json !== 'object') return json as string | number | boolean;
  return new Map(Object.entries(json).map(([name, item]) => [name, valueFrom(item) ?? null]));
}

/** Both sides in one form: only members that the written side can have, numbers as texts, lists of the state as sets. */
function comparable(value: unknown, shape: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map((item) => JSON.stringify(comparable(item, Array.isArray(shape) ? shape[0] : undefined)))
      .sort();
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, item]) => !isUnset(item));
    return Object.fromEntries(
      members
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, item]) => [name, comparable(item, undefined)]),
    );
  }
  return typeof value === 'number' ? String(value) : value;
}

/** The provider writes what is not set into the state in many ways. */
function isUnset(value: unknown): boolean {
  return (
    value === null ||
    value === '' ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  );
}
