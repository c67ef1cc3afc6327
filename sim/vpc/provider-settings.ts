/**
 * What the default `aws` provider says: the region, and the tags that it puts on every resource that it makes itself.
 * Where no region is written it comes from the environment of whoever applies; nothing but names of zones and
 * services depends on it, so a stand-in serves.
 */

import {
  type Evaluator,
  type Fields,
  fieldsOf,
  invalid,
  isSymbolic,
  type Problems,
  type ProviderBlock,
  STAND_IN_REGION,
  type TerraformConfiguration,
  toText,
} from '../terraform/index.ts';
import { PROGRAM_TAG } from './program-tag.ts';
import { readTags } from './tags.ts';

export interface ProviderSettings {
  readonly region: string;
  /** Otherwise it is a stand-in, and a service of any region may be meant. */
  readonly isRegionKnown: boolean;
  readonly defaultTags: ReadonlyMap<string, string>;
  /** Of another provider block; undefined where it is not known. */
  regionOf(provider: ProviderBlock): string | undefined;
}

export function providerSettings(
  configuration: TerraformConfiguration,
  options: { readonly evaluator: Evaluator; readonly problems: Problems },
): ProviderSettings {
  const { evaluator, problems } = options;
  const open = (provider: ProviderBlock) => fieldsOf(provider, evaluator);
  const regionOf = (provider: ProviderBlock) => {
    const found = problems.attempt(() => open(provider).value('region')?.value ?? null);
    if (found.kind !== 'known' || isSymbolic(found.value)) return undefined;
    return toText(found.value);
  };
  const [provider, second] = configuration.providers.filter(
    ({ name, alias, scope }) => name === 'aws' && alias === undefined && isOfRoot(scope),
  );
  if (second !== undefined) {
    const problem = { reason: 'there is another default provider', nextStep: 'give one an alias' };
    problems.add(invalid(open(second).site, problem));
  }
  const region = provider && regionOf(provider);
  const tags = provider && problems.attempt(() => defaultTagsOf(open(provider)));
  return {
    region: region ?? STAND_IN_REGION,
    isRegionKnown: region !== undefined,
    defaultTags: tags?.kind === 'known' ? tags.value : new Map(),
    regionOf,
  };
}

function isOfRoot(scope: ProviderBlock['scope']): boolean {
  return scope === undefined || scope.module.address === '';
}

function defaultTagsOf(fields: Fields): ReadonlyMap<string, string> {
  return new Map(
    fields.blocks('default_tags').flatMap((block) => [...readTags(block, { needed: [PROGRAM_TAG] })]),
  );
}
