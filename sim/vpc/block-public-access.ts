/** `aws_vpc_block_public_access_options` takes packets from and to the internet away in the whole region. */

import { placeOf } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { UnknownCause } from './model.ts';
import { noteCause } from './reading.ts';

/** Undefined where nothing is blocked. */
export function blockedPublicAccess(context: BuildContext): UnknownCause | undefined {
  for (const { address, fields } of context.resources('aws_vpc_block_public_access_options')) {
    const mode = context.problems.attempt(() => fields.text('internet_gateway_block_mode'));
    if (mode.kind === 'known' && mode.value === 'off') continue;
    const reason = 'blocking public access is not modelled';
    const cause = { address, reason, place: placeOf(fields.site) };
    noteCause(context, cause, 'every packet from and to the internet');
    return cause;
  }
  return undefined;
}
