/** What a check is: from the model and its proof to findings, and to questions where something unknown is in the way. */

import type { Flow } from '../prove/index.ts';
import type { Place, PortRange, UnknownCause } from '../vpc/model.ts';
import type { ListedEndpoint } from './endpoints.ts';
import { type FindingId, findingKinds } from './finding-kinds.ts';
import { type ModelIndex, placeFields } from './model-index.ts';
import type { Finding } from './report.ts';
import type { Traces } from './traces.ts';

export interface CheckContext {
  readonly index: ModelIndex;
  readonly flows: readonly Flow[];
  readonly endpoints: readonly ListedEndpoint[];
  readonly traces: Traces;
}

export type Observation =
  | { readonly kind: 'finding'; readonly finding: Finding }
  /** A violation may hide behind the causes. */
  | { readonly kind: 'question'; readonly text: string; readonly causes: readonly UnknownCause[] };

export type Check = (context: CheckContext) => readonly Observation[];

export interface Told {
  readonly address: string;
  readonly place?: Place | undefined;
  readonly message: string;
  readonly path?: readonly string[];
}

export function finding(id: FindingId, { address, place, message, path = [] }: Told): Observation {
  const { severity } = findingKinds[id];
  return {
    kind: 'finding',
    finding: { id, severity, address, ...placeFields(place), message, path: [...path] },
  };
}

export function question(text: string, causes: readonly UnknownCause[]): Observation {
  return { kind: 'question', text, causes };
}

/** `a`, `a and b`, `a, b, c and 4 more`. */
export function listText(names: readonly string[], { most = 3, separator = ', ' } = {}): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, distinct.length === most + 1 ? most + 1 : most);
  const rest = distinct.length - shown.length;
  const last = rest > 0 ? `${rest} more` : shown.pop();
  return shown.length === 0 ? (last ?? 'nobody') : `${shown.join(separator)} and ${last}`;
}

export function lowest(ranges: readonly PortRange[]): number {
  return ranges[0]?.from ?? 0;
}
