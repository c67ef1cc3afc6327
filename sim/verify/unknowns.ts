/** What is not known, each cause once, with all that it leaves open. What a violation may hide behind is in the way. */

import type { Proof } from '../prove/index.ts';
import type { UnknownCause, VpcModel } from '../vpc/model.ts';
import { placeFields } from './model-index.ts';
import type { ReportUnknown } from './report.ts';

/** A question that could not be answered. */
export interface Question {
  readonly text: string;
  readonly causes: readonly UnknownCause[];
}

/** More would not be read. */
const TOUCHES_MAX = 5;

interface Entry {
  readonly cause: UnknownCause;
  readonly touches: Set<string>;
  isInTheWay: boolean;
}

export function gatherUnknowns(
  { model, proof }: { readonly model: VpcModel; readonly proof: Proof },
  questions: readonly Question[],
): ReportUnknown[] {
  const entries = new Map<string, Entry>();
  const add = (cause: UnknownCause, touches: string, isInTheWay: boolean) => {
    const key = `${cause.address}\n${cause.reason}`;
    const entry = entries.get(key) ?? { cause, touches: new Set(), isInTheWay: false };
    if (touches !== '') entry.touches.add(touches);
    entry.isInTheWay ||= isInTheWay;
    entries.set(key, entry);
  };
  for (const { text, causes } of questions) {
    if (causes.length === 0) add({ address: 'unknown', reason: 'no cause was told' }, text, true);
    for (const cause of causes) add(cause, text, true);
  }
  for (const cause of proof.unknown) add(cause, cause.touches, false);
  for (const cause of model.unmodelled) add(cause, cause.touches, cause.mayHide === true);
  for (const { endpoint, cause } of model.unplaced) add(cause, `everything from and to ${endpoint}`, true);
  return [...entries.values()].map(({ cause, touches, isInTheWay }) => ({
    address: cause.address,
    reason: cause.reason,
    touches: touchesText([...touches]),
    isInTheWay,
    ...placeFields(cause.place),
  }));
}

function touchesText(touches: readonly string[]): string {
  const rest = touches.length - TOUCHES_MAX;
  return [...touches.slice(0, TOUCHES_MAX), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}
