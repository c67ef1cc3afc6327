/** Plans written as objects: what is planned, with what the configuration says of it. */

import type {
  Block,
  JsonObject,
  TerraformConfiguration,
} from '../../../../../sim/terraform/configuration.ts';
import { createEvaluator, type Value } from '../../../../../sim/terraform/index.ts';
import { planIn } from '../../../../../sim/terraform/plan/plan-document.ts';
import { readPlan } from '../../../../../sim/terraform/plan/read-plan.ts';
import { siteOf } from '../../../../../sim/terraform/site.ts';

export interface WrittenInstance {
  readonly address: string;
  readonly values: JsonObject;
  readonly unknown?: JsonObject;
  readonly sensitive?: JsonObject;
  /** By attribute; absent: a constant for every value. */
  readonly expressions?: JsonObject;
  readonly actions?: readonly string[];
}

/** Of the root module, without count and for_each, of the provider `aws`. */
export function planDocument(instances: readonly WrittenInstance[], rest: object = {}): object {
  const parts = instances.map((instance) => {
    const { address, values, unknown = {}, sensitive = {}, actions = ['create'] } = instance;
    const inside = address.replace('data.', '');
    const [type = '', name = ''] = inside.split('.');
    const mode = inside === address ? 'managed' : 'data';
    const head = { address, mode, type, name };
    const constants = Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, { constant_value: value }]),
    );
    return {
      planned: { ...head, values, sensitive_values: sensitive },
      change: { ...head, change: { actions, after: values, after_unknown: unknown } },
      written: { ...head, provider_config_key: 'aws', expressions: instance.expressions ?? constants },
    };
  });
  return {
    format_version: '1.2',
    planned_values: { root_module: { resources: parts.map(({ planned }) => planned) } },
    resource_changes: parts.map(({ change }) => change),
    configuration: {
      provider_config: { aws: { name: 'aws', expressions: { region: { constant_value: 'eu-west-1' } } } },
      root_module: { resources: parts.map(({ written }) => written) },
    },
    ...rest,
  };
}

export function readDocument(document: object, indent?: number): TerraformConfiguration {
  const text = JSON.stringify(document, null, indent);
  const plan = planIn({ path: 'plan.json', text });
  if (plan === undefined) throw new Error('it is no plan');
  return readPlan({ path: 'plan.json', text, plan });
}

export function planned(...instances: readonly WrittenInstance[]): TerraformConfiguration {
  return readDocument(planDocument(instances));
}

export function attributeOf(configuration: TerraformConfiguration, address: string, field: string): Value {
  const block = blockOf(configuration, address);
  return createEvaluator(configuration).evaluate(block.body[field] ?? null, siteOf(block));
}

export function blockOf({ resources, dataSources }: TerraformConfiguration, address: string): Block {
  const block = resources.get(address) ?? dataSources.get(address);
  if (block === undefined) throw new Error(`${address} is not in the plan`);
  return block;
}
