/** What the policy brought to light, as findings: each names the rule that is to blame and the line of the policy. */

import { type Policy, trafficText, type Violation } from '../policy/index.ts';
import type { Place } from '../vpc/model.ts';
import { type CheckContext, finding, listText, lowest, type Observation } from './checks.ts';
import { notFollowed, type Trace, tracesMax } from './traces.ts';

/** Violations alike, of which one packet is followed. */
interface Followed {
  readonly violations: readonly [Violation, ...Violation[]];
  readonly trace: Trace | undefined;
  /** It is one too many to be followed. */
  readonly isPastLimit: boolean;
}

export function policyFindings(
  policy: Policy,
  violations: readonly Violation[],
  context: CheckContext,
): readonly Observation[] {
  const alike = Map.groupBy(violations, (violation) => keyOf(violation, context));
  const followed = [...alike.values()].flatMap(([first, ...rest], index): readonly Followed[] => {
    if (first === undefined) return [];
    const isPastLimit = index >= tracesMax && isAboutPacket(first);
    const trace = isAboutPacket(first) && !isPastLimit ? traceOf(first, context) : undefined;
    return [{ violations: [first, ...rest], trace, isPastLimit }];
  });
  const groups = Map.groupBy(followed, ({ violations: [first], trace }) => {
    const blamed = first.problem === 'declared-flow-broken' ? trace?.denied : trace?.admitted;
    const { problem, item, protocol, ports, from, to, rule, isByPublicAddress } = first;
    const who = blamed?.address ?? rule ?? (isAboutPacket(first) ? '' : [from, to]);
    return JSON.stringify([problem, item?.name, protocol, ports, who, isByPublicAddress]);
  });
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [tell(policy, [first, ...rest], context)],
  );
}

/** What fares alike for the same rules: ends that carry the same groups. */
function keyOf(
  { problem, item, protocol, ports, from, to, rule, isByPublicAddress = false }: Violation,
  { index }: CheckContext,
): string {
  const groupsOf = (name: string) => index.named(name)[0]?.securityGroups ?? name;
  return JSON.stringify([
    problem,
    item?.name,
    protocol,
    ports,
    groupsOf(from),
    groupsOf(to),
    rule,
    isByPublicAddress,
  ]);
}

function isAboutPacket({ problem }: Violation): boolean {
  return problem !== 'undeclared-opening' && problem !== 'policy-names-nothing';
}

function traceOf(
  { from, to, protocol, family, ports, isByPublicAddress = false }: Violation,
  { traces }: CheckContext,
): Trace | undefined {
  return traces.trace({ from, to, protocol, family, port: lowest(ports), isByPublicAddress });
}

function tell(policy: Policy, group: readonly [Followed, ...Followed[]], context: CheckContext): Observation {
  const [
    {
      violations: [violation],
      trace,
    },
  ] = group;
  const all = group.flatMap(({ violations }) => violations);
  const limit = group.some(({ isPastLimit }) => isPastLimit) ? notFollowed : '';
  const { problem, item } = violation;
  const entry =
    item === undefined
      ? ''
      : ` (${item.name}, ${policy.file}:${item.line}${item.why === '' ? '' : `: ${item.why}`})`;
  const pairs = all.flatMap((one) => [`${one.from} → ${one.to}`, ...one.others]);
  const families = [...new Set(all.map(({ family }) => family))];
  const over = families.length === 1 && families[0] === 6 ? ' over IPv6' : '';
  const by = violation.isByPublicAddress ? ' by the public address' : '';
  const flow = `${listText(pairs)} on ${trafficText(violation.protocol, violation.ports)}${over}${by}`;
  const told = { ...blameOf(violation, trace, context), path: trace?.lines ?? [] };
  switch (problem) {
    case 'undeclared-flow':
      return finding(problem, {
        ...told,
        message: `no entry of ${policy.file} allows ${flow}, and packets get there${limit}`,
      });
    case 'forbidden-flow':
      return finding(problem, {
        ...told,
        message: `packets get through that never may: ${flow}${entry}${limit}`,
      });
    case 'declared-flow-broken':
      return finding(problem, {
        ...told,
        message: `the policy allows ${flow}${entry}, and it does not work: ${insteadText(violation)}${limit}`,
      });
    case 'undeclared-opening': {
      const message = `${violation.to} has a rule for ${violation.from} on ${trafficText(violation.protocol, violation.ports)}, which no entry of open in ${policy.file} lists`;
      return finding(problem, { ...told, message });
    }
    case 'policy-names-nothing': {
      const place = { file: policy.file, line: item?.line ?? 1 };
      return finding(problem, {
        address: violation.from,
        place,
        message: `no endpoint is ${violation.from}${entry}: an entry about nobody keeps nothing`,
      });
    }
  }
}

function insteadText({ instead }: Violation): string {
  if (instead === 'answer-dropped') return 'the first packet is delivered, and the answer is dropped';
  return instead === 'answer-depends'
    ? 'answers come back to some source ports and not to others'
    : 'the first packet is dropped';
}

/** The rule that lets it through, or drops it; where none is known, the endpoint. */
function blameOf(
  violation: Violation,
  trace: Trace | undefined,
  { index }: CheckContext,
): { address: string; place?: Place | undefined } {
  const layer = violation.problem === 'declared-flow-broken' ? trace?.denied : trace?.admitted;
  if (layer !== undefined) {
    const { address, file, line } = layer;
    return { address, place: file === undefined || line === undefined ? undefined : { file, line } };
  }
  if (violation.rule !== undefined) {
    const rules = index.model.securityGroups.flatMap(({ ingress }) => ingress);
    return { address: violation.rule, place: rules.find(({ address }) => address === violation.rule)?.place };
  }
  const [one] = [violation.to, violation.from].flatMap((name) => index.named(name));
  return { address: one?.address ?? violation.to, place: one?.place };
}
