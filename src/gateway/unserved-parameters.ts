/**
 * What of OpenAI's request (and of what other servers added to it) would change the answer and cannot be honoured
 * here: it is refused by name rather than ignored. Each entry says which values ask for nothing and may pass.
 * `null` always may. What does not change the answer (`user`, `metadata`, `store`, …) is not listed, and ignored.
 */

import { DrydockError } from '../rpc/errors.ts';
import type { GatewayErrorCode } from './errors.ts';

export type AsksForNothing = (value: unknown) => boolean;

export const never: AsksForNothing = () => false;
export const isEmpty: AsksForNothing = (value) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

export function isOneOf(...values: readonly unknown[]): AsksForNothing {
  return (value) => values.includes(value);
}

const isTextOnly: AsksForNothing = (value) =>
  Array.isArray(value) && value.every((modality) => modality === 'text');

export const completionUnserved: ReadonlyMap<string, AsksForNothing> = new Map([
  ['tools', isEmpty],
  ['tool_choice', isOneOf('none', 'auto')],
  ['functions', isEmpty],
  ['function_call', isOneOf('none', 'auto')],
  ['audio', never],
  ['modalities', isTextOnly],
  ['web_search_options', never],
  ['moderation', never],
  ['reasoning_effort', isOneOf('none')],
  ['verbosity', isOneOf('medium')],
  // Of text completions.
  ['best_of', isOneOf(1)],
  ['echo', isOneOf(false)],
  ['suffix', isOneOf('')],
  // Of other servers with this API, which their users send here out of habit.
  ['min_tokens', isOneOf(0)],
  ['ignore_eos', isOneOf(false)],
  ['chat_template', never],
  ['structured_outputs', never],
  ['guided_json', never],
  ['guided_regex', never],
  ['guided_choice', never],
  ['guided_grammar', never],
]);

/** What to send in their place. */
const successors: Readonly<Record<string, string>> = { functions: 'tools', function_call: 'tool_choice' };

export interface Refusing {
  /** Default: that of completions. */
  readonly table?: ReadonlyMap<string, AsksForNothing>;
  /** Those that this route serves. */
  readonly served?: readonly string[];
}

/**
 * @throws DrydockError GATEWAY_PARAM_UNSUPPORTED naming the first that asks for something.
 */
export function refuseUnserved(
  body: Readonly<Record<string, unknown>>,
  { table = completionUnserved, served = [] }: Refusing = {},
): void {
  for (const param of Object.keys(body)) {
    const asksForNothing = table.get(param);
    if (asksForNothing === undefined || served.includes(param)) continue;
    const value = body[param];
    if (value !== undefined && value !== null && !asksForNothing(value)) {
      const successor = successors[param];
      const nextStep =
        successor === undefined ? 'leave it out' : `it is deprecated, send "${successor}" instead`;
      throw new DrydockError<GatewayErrorCode>(
        'GATEWAY_PARAM_UNSUPPORTED',
        `could not accept the request: "${param}" with this value is not served here and would change the answer; ${nextStep}`,
        { details: { param } },
      );
    }
  }
}
