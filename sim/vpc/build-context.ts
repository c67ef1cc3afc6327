/**
 * What every reader of resources is given: blocks of a type in a stable order, opened for typed access, the resolution
 * of fields that refer to other resources, and the two lists that the building fills: mistakes, all told at the end,
 * and what is not known or not modelled, which the model carries.
 */

import {
  type Block,
  type ComputeAttribute,
  createEvaluator,
  DEFAULT_VPC,
  type Fields,
  fieldsOf,
  invalid,
  isSymbolic,
  type Located,
  type Problems,
  placeOf,
  type Reference,
  referenceOr,
  type TerraformConfiguration,
  type Unexpanded,
  unresolved,
  unsupported,
  type Value,
  zoneOfDefaultSubnet,
} from '../terraform/index.ts';
import { type AssignedAddresses, isAssigned } from './assigned-addresses.ts';
import { computedAttributes } from './computed-attributes.ts';
import { defaultSubnetAddress, defaultVpcOf } from './default-vpc.ts';
import { elsewhere } from './elsewhere.ts';
import type { UnknownCause, Unmodelled } from './model.ts';
import { sortedByAddress } from './natural-order.ts';
import { type ProviderSettings, providerSettings } from './provider-settings.ts';
import { bearingOf } from './resource-types.ts';
import { type StandIns, standIns } from './stand-ins.ts';

export interface OpenBlock {
  readonly address: string;
  readonly block: Block;
  readonly fields: Fields;
}

export interface BuildContext {
  readonly configuration: TerraformConfiguration;
  readonly settings: ProviderSettings;
  readonly problems: Problems;
  readonly standIns: StandIns;
  /** Addresses that were given when the model was built before. */
  readonly assigned?: AssignedAddresses;
  /** Whether the value of such an address was asked for. */
  readonly asksForAddresses: boolean;
  /** What was noted so far. */
  readonly unmodelled: readonly Unmodelled[];
  note(unmodelled: Unmodelled): void;
  /** Resources of the type in the default provider's account and region, sorted by address. */
  resources(type: string): readonly OpenBlock[];
  resource(address: string): OpenBlock | undefined;
  /** Blocks of the type of which it is not known how many instances they have, if any. */
  unexpanded(type: string): readonly UnknownCause[];
  dataSource(address: string): OpenBlock | undefined;
  /** `aws_vpc`, `data.aws_vpc`; undefined where nothing has the address. */
  typeOf(address: string): string | undefined;
  /** Which of the allowed attributes the value stands for. */
  refer(found: Located<Value>, targets: ReferenceTargets): Reference;
}

export interface ReferenceTargets {
  /** `an aws_vpc`, for messages. */
  readonly what: string;
  /** Resource type, or `data.` and a data source's, to the attributes that identify what is meant. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export function createBuildContext(
  configuration: TerraformConfiguration,
  assigned?: AssignedAddresses,
): BuildContext {
  const typeOf = (address: string) => {
    const data = configuration.dataSources.get(address);
    if (data !== undefined) return `data.${data.type}`;
    // The default VPC that no configuration adopts goes by its type alone.
    if (/(^|\.)aws_default_vpc(\.[^.]+)?\.subnet\[/.test(address)) return 'aws_default_subnet';
    return configuration.resources.get(address)?.type ?? (address === DEFAULT_VPC ? DEFAULT_VPC : undefined);
  };
  let computed: ComputeAttribute = () => undefined;
  let asksForAddresses = false;
  const evaluator = createEvaluator(configuration, {
    computed: (address, attribute) => {
      if (!isAssigned(typeOf(address) ?? '', attribute)) return computed(address, attribute);
      asksForAddresses = true;
      return assigned?.of(address, attribute);
    },
  });
  const open = (block: Block): OpenBlock => ({
    address: block.address,
    block,
    fields: fieldsOf(block, evaluator),
  });
  const problems = configuration.mistakes;
  const settings = providerSettings(configuration, { evaluator, problems });
  const noted = new Map<string, Unmodelled>();
  const away = new Map<string, string>();
  const byType = new Map<string, Block[]>();
  for (const block of sortedByAddress(configuration.resources.values())) {
    const reason = elsewhere(open(block), { configuration, settings, problems });
    const ofType = byType.get(block.type);
    if (reason !== undefined) away.set(block.address, reason);
    else if (ofType === undefined) byType.set(block.type, [block]);
    else ofType.push(block);
  }
  const context: BuildContext = {
    configuration,
    settings,
    problems,
    standIns: standIns(configuration),
    ...(assigned && { assigned }),
    get asksForAddresses() {
      return asksForAddresses;
    },
    get unmodelled() {
      return [...noted.values()];
    },
    note: (unmodelled) => {
      const key = `${unmodelled.address} ${unmodelled.reason} ${unmodelled.touches}`;
      if (!noted.has(key)) noted.set(key, unmodelled);
    },
    resources: (type) => (byType.get(type) ?? []).map(open),
    resource: (address) => {
      const block = away.has(address) ? undefined : configuration.resources.get(address);
      return block && open(block);
    },
    unexpanded: (type) =>
      configuration.unexpanded
        .filter((one) => one.kind === 'resource' && one.type === type)
        .map(causeOfUnexpanded),
    dataSource: (address) => {
      const block = configuration.dataSources.get(address);
      return block && open(block);
    },
    typeOf,
    refer: (found, targets) => referIn(ofDefaultVpc(context, found), targets, { away, typeOf }),
  };
  computed = computedAttributes(context);
  noteElsewhere(context, away);
  return context;
}

/** What data sources say of the default VPC and its subnets, by the addresses of the model. */
function ofDefaultVpc(context: BuildContext, found: Located<Value>): Located<Value> {
  const { value, site } = found;
  const zone = zoneOfDefaultSubnet(value);
  if (zone !== undefined) {
    const address = defaultSubnetAddress(context, zone);
    return { site, value: { kind: 'reference', address, attribute: 'id' } };
  }
  if (!isSymbolic(value) || value.kind !== 'reference' || value.address !== DEFAULT_VPC) return found;
  return { site, value: { ...value, address: defaultVpcOf(context).address } };
}

function referIn(
  found: Located<Value>,
  targets: ReferenceTargets,
  known: {
    readonly away: ReadonlyMap<string, string>;
    readonly typeOf: (address: string) => string | undefined;
  },
): Reference {
  const reference = referenceOr(found, targets.what);
  const reason = known.away.get(reference.address);
  if (reason !== undefined) {
    throw unsupported(found.site, { reason: `${reference.address}: ${reason}`, nextStep: 'report it' });
  }
  const type = known.typeOf(reference.address);
  const attributes = type === undefined ? undefined : targets.attributes[type];
  if (attributes?.includes(reference.attribute)) return reference;
  const problem = {
    reason: `${reference.address}.${reference.attribute} does not identify ${targets.what} of this configuration`,
    nextStep: `refer to ${targets.what}`,
  };
  // An identity of another kind is wrong; any other attribute may hold what only AWS knows.
  const isIdentity = ['id', 'arn'].includes(reference.attribute) && !type?.startsWith('data.');
  throw isIdentity ? invalid(found.site, problem) : unresolved(found.site, problem);
}

export function causeOfUnexpanded({ address, cause, place }: Unexpanded): UnknownCause {
  return { address, reason: `how many there are is not known: ${cause.reason}`, place };
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

function noteElsewhere(context: BuildContext, away: ReadonlyMap<string, string>): void {
  for (const [address, reason] of away) {
    const block = context.configuration.resources.get(address);
    if (block === undefined || bearingOf(block.type) === 'inert') continue;
    context.note({
      type: block.type,
      address,
      reason,
      touches: 'whatever refers to it',
      place: placeOf(block),
    });
  }
}
