/**
 * Brings two proofs to the same ranges outside. `internet` is whatever a network does not single out, so that it means another thing
 * in each: here a block that only one of them singles out becomes, on the other, a part of the smallest block around it, or of
 * `internet`. Without it, naming an office would seem to open what was open to all, and an opening could pass for a closing.
 */

import { type Flow, internetParts, type Proof } from '../prove/index.ts';
import { containsCidr, parseCidr } from '../terraform/index.ts';
import type { Side } from './spread-groups.ts';

const INTERNET = 'internet';
const FAMILIES = [4, 6] as const;

export function spreadRanges(before: Side, after: Side): readonly [Proof, Proof] {
  const parts = [partsOf(before), partsOf(after)] as const;
  return [withParts(before.proof, parts[0], parts[1]), withParts(after.proof, parts[1], parts[0])];
}

type Parts = Readonly<Record<4 | 6, ReadonlySet<string>>>;

function partsOf({ model }: Side): Parts {
  return { 4: internetParts(model, 4), 6: internetParts(model, 6) };
}

function withParts(proof: Proof, own: Parts, others: Parts): Proof {
  const kept = proof.flows.filter(
    ({ from, to, family }) =>
      // Where the other side's blocks leave nothing of it, it stands for no address.
      (from !== INTERNET && to !== INTERNET) || others[family].has(INTERNET) || !own[family].has(INTERNET),
  );
  const added = FAMILIES.flatMap((family) => {
    const flows = proof.flows.filter((flow) => flow.family === family);
    return [...others[family]]
      .filter((block) => block !== INTERNET && !own[family].has(block))
      .flatMap((block) => renamed(flows, { from: smallestAround(block, own[family]), to: block }));
  });
  return { ...proof, flows: [...kept, ...added] };
}

function renamed(
  flows: readonly Flow[],
  name: { readonly from: string; readonly to: string },
): readonly Flow[] {
  return flows.flatMap((flow): readonly Flow[] => {
    if (flow.from === name.from) return [{ ...flow, from: name.to }];
    return flow.to === name.from ? [{ ...flow, to: name.to }] : [];
  });
}

function smallestAround(block: string, known: ReadonlySet<string>): string {
  const inner = parseCidr(block);
  const around = [...known].flatMap((name) => {
    const cidr = parseCidr(name);
    return inner !== undefined && cidr !== undefined && containsCidr(cidr, inner) ? [{ name, cidr }] : [];
  });
  const [smallest] = around.sort((left, right) => right.cidr.prefix - left.cidr.prefix);
  return smallest?.name ?? INTERNET;
}
