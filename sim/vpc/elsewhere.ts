/**
 * Which resources belong to another region or account than the default provider's. They are no part of the model: what
 * refers to them is unknown there. A provider's alias that names the same region and no other account changes nothing.
 */

import {
  isSymbolic,
  type Problems,
  type ProviderBlock,
  type TerraformConfiguration,
  toText,
} from '../terraform/index.ts';
import type { OpenBlock } from './build-context.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** Settings of a provider that say neither where nor as whom. */
const HARMLESS: ReadonlySet<string> = new Set([
  '//',
  'alias',
  'region',
  'default_tags',
  'ignore_tags',
  'version',
]);

/** In words, why it is not among what is modelled; undefined where it is. */
export function elsewhere(
  { block, fields }: OpenBlock,
  options: {
    readonly configuration: TerraformConfiguration;
    readonly settings: ProviderSettings;
    readonly problems: Problems;
  },
): string | undefined {
  if (!block.type.startsWith('aws_')) return undefined;
  const { configuration, settings, problems } = options;
  if (block.provider !== 'aws') {
    const provider = configuration.providers.find((one) => nameOf(one) === block.provider);
    if (provider === undefined || !isSame(provider, settings)) {
      return `it belongs to the provider ${block.provider}, of another region or account`;
    }
  }
  if (!fields.isWritten('region')) return undefined;
  const found = problems.attempt(() => fields.value('region')?.value ?? null);
  if (found.kind !== 'known' || isSymbolic(found.value)) return 'its region is not known';
  const region = toText(found.value);
  return region === undefined || region === settings.region ? undefined : `it is in the region ${region}`;
}

/** As blocks name it: `aws.west`; `module.net.aws` of one that a module brings along. */
function nameOf({ name, alias, scope }: ProviderBlock): string {
  const module = scope?.module.address ?? '';
  return [module, name, alias].filter((part) => part !== undefined && part !== '').join('.');
}

function isSame(provider: ProviderBlock, settings: ProviderSettings): boolean {
  const isHarmless = Object.keys(provider.body).every((name) => HARMLESS.has(name));
  const region = settings.regionOf(provider);
  const isWritten = Object.hasOwn(provider.body, 'region');
  return isHarmless && (isWritten ? region === settings.region : !settings.isRegionKnown);
}
