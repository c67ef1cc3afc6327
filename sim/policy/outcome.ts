/** What holding a network against a policy brings to light. */

import type { Family } from '../prove/index.ts';
import type { PortRange, UnknownCause } from '../vpc/model.ts';
import type { PolicyItem } from './policy.ts';

export type PolicyProblem =
  /** A packet gets there that no entry allows. */
  | 'undeclared-flow'
  /** An entry allows it, and it does not work. */
  | 'declared-flow-broken'
  | 'forbidden-flow'
  /** A group has a rule for public addresses that no entry of `open` names. */
  | 'undeclared-opening'
  /** An entry names endpoints, and there are none of that name. */
  | 'policy-names-nothing';

export interface Violation {
  readonly problem: PolicyProblem;
  /** Absent: no entry speaks of it, and that is the problem. */
  readonly item?: PolicyItem;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly ports: readonly PortRange[];
  readonly family: Family;
  /** A packet that is sent to the receiver's public address. */
  readonly isByPublicAddress?: boolean;
  /** `declared-flow-broken`: what happens instead. */
  readonly instead?: 'dropped' | 'answer-dropped' | 'answer-depends';
  /** More pairs of the same kind, in words. */
  readonly others: readonly string[];
  /** `undeclared-opening`: the rule's address. */
  readonly rule?: string;
}

/** A question of the policy that cannot be answered before more is known. */
export interface OpenQuestion {
  readonly item?: PolicyItem;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly causes: readonly UnknownCause[];
}

export interface PolicyOutcome {
  readonly violations: readonly Violation[];
  readonly questions: readonly OpenQuestion[];
}
