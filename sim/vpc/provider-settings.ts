/** What the default `aws` provider says: the region, and the tags that it puts on every resource that it makes itself. */

import { type Fields, fileError, invalid } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import { PROGRAM_TAG } from './machine-plan.ts';
import { readTags } from './tags.ts';

export interface ProviderSettings {
  readonly region: string;
  readonly defaultTags: ReadonlyMap<string, string>;
}

export function providerSettings(context: BuildContext): ProviderSettings {
  const [provider, second] = context.providers().filter(({ alias }) => alias === undefined);
  if (second !== undefined) {
    throw invalid(second.fields.site, {
      reason: 'there is another default provider',
      nextStep: 'give one an alias',
    });
  }
  if (provider === undefined) {
    const problem = {
      reason: 'it has no provider "aws" with a region',
      nextStep: 'set the region in the provider',
    };
    throw fileError('SIM_TERRAFORM_INVALID', context.configuration.path, problem);
  }
  const { fields } = provider;
  const region = fields.required('region', fields.text('region'));
  return { region, defaultTags: defaultTagsOf(fields) };
}

function defaultTagsOf(fields: Fields): ReadonlyMap<string, string> {
  return new Map(
    fields.blocks('default_tags').flatMap((block) => [...readTags(block, { needed: [PROGRAM_TAG] })]),
  );
}
