/**
 * What `references` of a plan's configuration mention. Terraform lists each reference of an expression in full, followed
 * by what remains of it step by step (`aws_vpc.a.id`, `aws_vpc.a`); here each is one mention again. What the expression
 * makes of them, no plan says.
 */

import type { JsonValue } from '../configuration.ts';
import { arrayAt } from './json.ts';
import { type AddressStep, formatSteps, splitAddress } from './split-address.ts';

export interface Mention {
  /** As it is written, `aws_subnet.a["x"].id`. */
  readonly text: string;
  readonly steps: readonly AddressStep[];
}

/** In the order of the expression, each as often as it stands there. */
export function mentionsIn(expression: JsonValue | undefined): readonly Mention[] {
  const texts = arrayAt(expression, 'references').filter((text) => typeof text === 'string');
  const mentions: Mention[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? '';
    const steps = splitAddress(text) ?? [{ name: text, keys: [] }];
    mentions.push({ text, steps });
    let rest = shortened(steps);
    while (rest !== undefined && texts[at + 1] === formatSteps(rest)) {
      at += 1;
      rest = shortened(rest);
    }
  }
  return mentions;
}

/**
 * One key less, or one name less. An output of `module.a["x"]` ends there, without `module.a`, which then is a mention
 * of its own.
 */
function shortened(steps: readonly AddressStep[]): readonly AddressStep[] | undefined {
  const last = steps.at(-1);
  if (last === undefined || (steps[0]?.name === 'module' && steps.length === 2)) return undefined;
  const before = steps.slice(0, -1);
  if (last.keys.length > 0) return [...before, { ...last, keys: last.keys.slice(0, -1) }];
  return before.length < 2 ? undefined : before;
}
