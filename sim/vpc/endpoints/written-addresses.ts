/** Private addresses that the configuration fixes for the interface in one subnet. */

import { type Fields, toText } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import type { InterfacePlan, Written } from './interface-plan.ts';
import { find } from './partly-known.ts';

export type FixedAddresses = Pick<InterfacePlan, 'fixedAddress' | 'ipv6'>;

/** What the fields of the two names hold. One that is not known is AWS's to choose. */
export function fixedIn(
  context: BuildContext,
  fields: Fields,
  names: { readonly ipv4: string; readonly ipv6: string },
): FixedAddresses {
  const ipv4 = writtenIn(context, fields, names.ipv4);
  const ipv6 = writtenIn(context, fields, names.ipv6);
  return {
    ...(ipv4 && { fixedAddress: ipv4 }),
    ...(ipv6 && { ipv6: { fixed: ipv6, site: ipv6.site } }),
  };
}

function writtenIn(context: BuildContext, fields: Fields, name: string): Written | undefined {
  const value = find(context, () => fields.value(name)).value;
  const text = value && toText(value.value);
  return text === undefined ? undefined : { value: text, site: fields.siteOf(name) };
}
