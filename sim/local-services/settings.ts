/**
 * What resolver and instance metadata need to know and the VPC model does not hold: names, and who may ask how. Of a value
 * that is not known before apply, AWS's default is taken.
 */

import {
  type Block,
  createEvaluator,
  type Fields,
  fieldsOf,
  isSymbolic,
  type TerraformConfiguration,
  TerraformError,
  toText,
} from '../terraform/index.ts';

export interface LocalServiceSettings {
  /** By Terraform address, as all of these. Absent: AWS's defaults. */
  readonly vpcs: ReadonlyMap<string, VpcSetting>;
  readonly loadBalancerNames: ReadonlyMap<string, string>;
  /** Services of interface endpoints that take over the service's own name: `secretsmanager`, `ecr.api`. */
  readonly privateServices: ReadonlyMap<string, string>;
  /** Of machines and of auto-scaling groups. */
  readonly metadata: ReadonlyMap<string, MetadataSetting>;
}

export interface VpcSetting {
  readonly hasResolver: boolean;
  readonly hasHostNames: boolean;
}

export interface MetadataSetting {
  readonly isEnabled: boolean;
  readonly requiresToken: boolean;
  readonly hasTags: boolean;
}

export const defaultMetadata: MetadataSetting = { isEnabled: true, requiresToken: false, hasTags: false };
export const defaultVpc: VpcSetting = { hasResolver: true, hasHostNames: false };

interface Reading {
  readonly configuration: TerraformConfiguration;
  open(block: Block): Fields;
}

export function readLocalServiceSettings(configuration: TerraformConfiguration): LocalServiceSettings {
  const evaluator = createEvaluator(configuration);
  const reading = { configuration, open: (block: Block) => fieldsOf(block, evaluator) };
  const read = <Setting>(types: readonly string[], setting: (fields: Fields, block: Block) => Setting) =>
    new Map(
      [...configuration.resources.values()]
        .filter(({ type }) => types.includes(type))
        .map((block) => [block.address, setting(reading.open(block), block)] as const),
    );
  return {
    vpcs: read(['aws_vpc', 'aws_default_vpc'], vpcSetting),
    loadBalancerNames: read(
      ['aws_lb', 'aws_alb'],
      (fields, block) => known(() => fields.text('name')) ?? block.name,
    ),
    privateServices: new Map(
      [...read(['aws_vpc_endpoint'], privateService)].flatMap(([address, service]) =>
        service === undefined ? [] : [[address, service] as const],
      ),
    ),
    metadata: read(['aws_instance', 'aws_autoscaling_group'], (fields) => metadataOf(fields, reading)),
  };
}

function vpcSetting(fields: Fields, { type }: Block): VpcSetting {
  return {
    hasResolver: known(() => fields.boolean('enable_dns_support')) ?? defaultVpc.hasResolver,
    hasHostNames:
      known(() => fields.boolean('enable_dns_hostnames')) ??
      (type === 'aws_default_vpc' || defaultVpc.hasHostNames),
  };
}

/** `com.amazonaws.eu-west-1.ecr.api` to `ecr.api`. */
function privateService(fields: Fields): string | undefined {
  if (known(() => fields.boolean('private_dns_enabled')) !== true) return undefined;
  const name = known(() => fields.text('service_name')) ?? '';
  return /^com\.amazonaws\.[a-z0-9-]+\.([a-z0-9.-]+)$/.exec(name)?.[1];
}

/** A machine's own options, then those of what it is launched from. */
function metadataOf(fields: Fields, reading: Reading): MetadataSetting {
  const sources = [fields, ...launchedFrom(fields, reading)];
  const options = sources.flatMap((source) => known(() => source.blocks('metadata_options')) ?? []);
  const written = (name: string) =>
    options.map((block) => known(() => block.text(name))).find((text) => text !== undefined);
  return {
    isEnabled: written('http_endpoint') !== 'disabled',
    requiresToken: written('http_tokens') === 'required',
    hasTags: written('instance_metadata_tags') === 'enabled',
  };
}

function launchedFrom(fields: Fields, { configuration, open }: Reading): readonly Fields[] {
  const blocks = (from: Fields, name: string) => known(() => from.blocks(name)) ?? [];
  const specified = blocks(fields, 'mixed_instances_policy')
    .flatMap((policy) => blocks(policy, 'launch_template'))
    .flatMap((template) => blocks(template, 'launch_template_specification'));
  const named = [
    ...[...blocks(fields, 'launch_template'), ...specified].flatMap((block) =>
      ['id', 'name', 'launch_template_id', 'launch_template_name'].map((name) =>
        known(() => block.value(name)),
      ),
    ),
    known(() => fields.value('launch_configuration')),
  ];
  return named.flatMap((found) => {
    if (found === undefined) return [];
    const { value } = found;
    if (isSymbolic(value)) {
      const block = value.kind === 'reference' ? configuration.resources.get(value.address) : undefined;
      return block === undefined ? [] : [open(block)];
    }
    const name = toText(value);
    return [...configuration.resources.values()]
      .filter(({ type }) => type === 'aws_launch_template' || type === 'aws_launch_configuration')
      .map(open)
      .filter((template) => known(() => template.text('name')) === name);
  });
}

function known<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TerraformError) return undefined;
    throw error;
  }
}
