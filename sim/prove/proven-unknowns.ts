/** What is not known, and what that leaves open: every cause that an answer names, and what the model does not hold at all. */

import type { UnknownCause, UnplacedEndpoint, VpcModel } from '../vpc/model.ts';
import type { Flow, Proof, ProvenUnknown } from './proof.ts';
import type { Answer } from './verdict.ts';

const EXAMPLES_MAX = 3;

interface Touched {
  readonly cause: UnknownCause;
  readonly examples: string[];
  flows: number;
}

export function provenUnknowns(
  model: VpcModel,
  { flows, byPublicAddress }: Omit<Proof, 'unknown'>,
): readonly ProvenUnknown[] {
  const touched = new Map<string, Touched>();
  const publicly = byPublicAddress.map((flow) => ({ ...flow, to: `${flow.to} (public address)` }));
  for (const flow of [...flows, ...publicly]) {
    for (const cause of causesOfFlow(flow)) {
      const entry = touched.get(keyOf(cause)) ?? { cause, examples: [], flows: 0 };
      touched.set(keyOf(cause), entry);
      entry.flows += 1;
      if (entry.examples.length < EXAMPLES_MAX) entry.examples.push(wordsOf(flow));
    }
  }
  const declared = model.unmodelled.map(({ type: _type, ...unmodelled }): ProvenUnknown => {
    touched.delete(keyOf(unmodelled));
    return unmodelled;
  });
  const unplaced = model.unplaced.map(({ endpoint, cause }): ProvenUnknown => {
    touched.delete(keyOf(cause));
    return { ...cause, touches: `every flow from and to ${endpoint}` };
  });
  const found = [...touched.values()].map(({ cause, examples, flows: count }): ProvenUnknown => {
    const more = count > examples.length ? ` and ${count - examples.length} more` : '';
    return { ...cause, touches: `${examples.join(', ')}${more}` };
  });
  return [...declared, ...unplaced, ...found];
}

/** An endpoint without a place may be anywhere: whatever it sends, and whatever is sent to it, may arrive. */
export function unplacedFlows(model: VpcModel, names: readonly string[]): readonly Flow[] {
  const hasIpv6 = model.vpcs.some(({ ipv6Cidrs }) => ipv6Cidrs.length > 0);
  const families = hasIpv6 ? ([4, 6] as const) : ([4] as const);
  const everything = [
    { protocol: 'tcp', ports: [{ from: 0, to: 65_535 }] },
    { protocol: 'udp', ports: [{ from: 0, to: 65_535 }] },
    { protocol: 'icmp', ports: [{ from: 0, to: 255 }] },
    { protocol: 'other', ports: [] },
  ];
  const answers = new Map(model.unplaced.map((one) => [one.endpoint, openFor(one)]));
  const all = [...names, ...model.unplaced.map(({ endpoint }) => endpoint)];
  return all.flatMap((from) =>
    all.flatMap((to) => {
      const open = answers.get(from) ?? answers.get(to);
      if (open === undefined || from === to) return [];
      return families.flatMap((family) =>
        everything.map((part) => ({ from, to, family, ...part, delivered: open, verdict: open })),
      );
    }),
  );
}

function openFor({ cause }: UnplacedEndpoint): Answer {
  return { kind: 'unknown', causes: [cause] };
}

function causesOfFlow({ delivered, verdict }: Flow): readonly UnknownCause[] {
  const causes = [delivered, verdict].flatMap((answer) => (answer.kind === 'unknown' ? answer.causes : []));
  return [...new Map(causes.map((cause) => [keyOf(cause), cause])).values()];
}

function keyOf({ address, reason }: UnknownCause): string {
  return `${address} ${reason}`;
}

function wordsOf({ from, to, protocol, ports }: Flow): string {
  const [first] = ports;
  const range =
    first === undefined ? '' : first.from === first.to ? `/${first.from}` : `/${first.from}-${first.to}`;
  return `${from} -> ${to} ${protocol}${range}${ports.length > 1 ? ', …' : ''}`;
}
