/**
 * What every reader of resources is given: blocks of a type in a stable order, opened for typed access, and the
 * resolution of fields that refer to other resources.
 */

import {
  type Block,
  convertOr,
  createEvaluator,
  type Fields,
  fieldsOf,
  type Located,
  type Reference,
  referenceOr,
  type TerraformConfiguration,
  toText,
  unresolved,
  unsupported,
  type Value,
} from '../terraform/index.ts';
import { byAddress } from './natural-order.ts';

export interface OpenBlock {
  readonly address: string;
  readonly block: Block;
  readonly fields: Fields;
}

export interface BuildContext {
  readonly configuration: TerraformConfiguration;
  /** Resources of the type, sorted by address. */
  resources(type: string): readonly OpenBlock[];
  dataSource(address: string): OpenBlock | undefined;
  providers(): readonly { readonly alias?: string; readonly fields: Fields }[];
  /** Which of the allowed attributes the value stands for. */
  refer(found: Located<Value>, targets: ReferenceTargets): Reference;
}

export interface ReferenceTargets {
  /** `an aws_vpc`, for messages. */
  readonly what: string;
  /** Resource type to the attributes that identify what is meant. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export function createBuildContext(configuration: TerraformConfiguration): BuildContext {
  const evaluator = createEvaluator(configuration);
  const open = (block: Block): OpenBlock => ({
    address: block.address,
    block,
    fields: fieldsOf(block, evaluator),
  });
  const sorted = [...configuration.resources.values()].sort(byAddress);

  return {
    configuration,
    resources: (type) =>
      sorted
        .filter((block) => block.type === type)
        .map(open)
        .map(onDefaultProvider),
    dataSource: (address) => {
      const block = configuration.dataSources.get(address);
      return block && open(block);
    },
    providers: () =>
      configuration.providers
        .filter((provider) => provider.name === 'aws')
        .map((provider) => ({
          fields: fieldsOf(provider, evaluator),
          ...(provider.alias === undefined ? {} : { alias: provider.alias }),
        })),
    refer: (found, targets) => {
      const reference = referenceOr(found, targets.what);
      const type = configuration.resources.get(reference.address)?.type;
      const attributes = type === undefined ? undefined : targets.attributes[type];
      if (attributes?.includes(reference.attribute)) return reference;
      const reason = `${reference.address}.${reference.attribute} does not identify ${targets.what} of this configuration`;
      throw unresolved(found.site, { reason, nextStep: `refer to ${targets.what}` });
    },
  };
}

/** The field's reference, or undefined where the field is absent. */
export function referenceIn(
  context: BuildContext,
  fields: Fields,
  options: { readonly name: string; readonly targets: ReferenceTargets },
): Reference | undefined {
  const found = fields.value(options.name);
  return found && context.refer(found, options.targets);
}

export function requiredReferenceIn(
  context: BuildContext,
  fields: Fields,
  options: { readonly name: string; readonly targets: ReferenceTargets },
): Reference {
  return fields.required(options.name, referenceIn(context, fields, options));
}

/** A resource of an aliased provider may live in another region or account. */
function onDefaultProvider(open: OpenBlock): OpenBlock {
  const found = open.fields.value('provider');
  const provider = found && convertOr(found, 'a string', toText);
  if (found === undefined || provider === 'aws') return open;
  throw unsupported(found.site, {
    reason: 'an aliased provider is not modelled',
    nextStep: 'use the default provider',
  });
}
