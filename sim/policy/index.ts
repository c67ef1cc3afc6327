/** The door of the policy: reading a policy file, and holding a proof against it. */

export { checkPolicy } from './check-policy.ts';
export { withoutCovered } from './covered-ranges.ts';
export { findPolicy, folderOf, POLICY_NAME, readPolicy, shownPath } from './find-policy-runtime.ts';
export type { OpenQuestion, PolicyOutcome, PolicyProblem, Violation } from './outcome.ts';
export { parsePolicy } from './parse-policy.ts';
export { cidrsOfPeer } from './peer-blocks.ts';
export type { BuiltinLevel, Policy } from './policy.ts';
export { intersect, portsText, rangesOf, subtract, trafficText, union } from './port-ranges.ts';
export {
  areInternetWide,
  isInternetWide,
  isOutside,
  isPublic,
  outsideBlock,
  type Subject,
} from './subject.ts';
export { writePolicy } from './write-policy.ts';
