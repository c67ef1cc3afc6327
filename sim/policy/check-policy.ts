/**
 * Holds a proof against a policy: everything that gets through is allowed, everything allowed works, nothing is what never
 * may be. What hangs on something unknown is a question, never a violation. A packet to a public address of ours gets through
 * like any other; what must work must work without it.
 */

import type { Proof } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { checkDeclared } from './check-declared.ts';
import { checkOpen } from './check-open.ts';
import { checkForbidden, checkUndeclared, type Row } from './check-undeclared.ts';
import { indexMembers, type Members } from './members.ts';
import type { OpenQuestion, PolicyOutcome, Violation } from './outcome.ts';
import type { FlowItem, Policy, PolicyItem } from './policy.ts';
import type { Selector } from './selector.ts';
import { isPublic, outsideBlock, type Subject, subjectOfGroup } from './subject.ts';

export interface PolicyQuestion {
  readonly model: VpcModel;
  readonly proof: Proof;
  readonly subjects: readonly Subject[];
}

export function checkPolicy(policy: Policy, { model, proof, subjects }: PolicyQuestion): PolicyOutcome {
  const members = indexMembers(subjects, proof.flows);
  const publicly = proof.byPublicAddress.map((flow): Row => ({ ...flow, isByPublicAddress: true }));
  const rows: readonly Row[] = [...proof.flows, ...publicly];
  const parts = [
    checkUndeclared(policy, rows, members),
    checkDeclared(policy, model, members),
    checkForbidden(policy, { model, rows }, members),
    checkOpen(policy, model),
  ];
  return {
    violations: [...parts.flatMap(({ violations }) => violations), ...checkNames(policy, model, members)],
    questions: [...parts.flatMap(({ questions }) => questions), ...unplacedQuestions(model)],
  };
}

/** A name that is misspelt would make an entry empty, and an empty `never` holds of everything. */
function checkNames(policy: Policy, model: VpcModel, members: Members): readonly Violation[] {
  const isUnnamed = (selector: Selector) =>
    !selector.outside.some(isSomewhere) &&
    members.named(selector).length === 0 &&
    !model.unplaced.some(({ endpoint, address, kind }) =>
      selector.includes({ endpoint, address, kind, tier: 'unknown', securityGroups: [], tags: {} }),
    );
  const problem = (item: PolicyItem, selector: Selector): Violation => ({
    problem: 'policy-names-nothing',
    item,
    from: selector.text,
    to: selector.text,
    protocol: item.traffic.protocol,
    ports: [],
    family: 4,
    others: [],
  });
  const flows: readonly FlowItem[] = [
    ...policy.allow.filter(({ isOptional }) => !isOptional),
    ...policy.never,
  ];
  const groups = new Set(model.securityGroups.map(({ address }) => address));
  const opens = (policy.open ?? []).filter(
    ({ group }) => ![...groups].some((address) => group.includes(subjectOfGroup(address))),
  );
  return [
    ...flows.flatMap((item) =>
      [item.from, item.to]
        .flatMap((selector) => (selector.parts.length === 0 ? [selector] : selector.parts))
        .filter(isUnnamed)
        .map((selector) => problem(item, selector)),
    ),
    ...opens.map((item) => problem(item, item.group)),
  ];
}

/** A range that is not public is of nobody outside: endpoints in it are named by their addresses, subnets and tags. */
function isSomewhere(outside: string): boolean {
  const block = outsideBlock(outside);
  return block === undefined || isPublic(block);
}

/** Nothing is proved of an endpoint whose subnet is not known. */
function unplacedQuestions(model: VpcModel): readonly OpenQuestion[] {
  return model.unplaced.map(({ endpoint, cause }) => ({
    from: endpoint,
    to: endpoint,
    text: `everything from and to ${endpoint}`,
    causes: [cause],
  }));
}
