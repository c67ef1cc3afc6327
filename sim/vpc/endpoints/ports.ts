/** Ports of listeners and targets. */

import { type Fields, invalid } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import { find } from './partly-known.ts';

const PORT_MAX = 65_535;

/** Undefined where it is absent, not known or no port, which is a problem. */
export function portIn(context: BuildContext, fields: Fields, name: string): number | undefined {
  const { value } = find(context, () => fields.number(name));
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= PORT_MAX)) return value;
  const reason = `${value} is not a port`;
  context.problems.add(invalid(fields.siteOf(name), { reason, nextStep: `give 1 to ${PORT_MAX}` }));
  return undefined;
}
