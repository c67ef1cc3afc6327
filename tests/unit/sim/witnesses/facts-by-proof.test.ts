/** The corpus against judge and proof: what AWS documents, derived by hand, against what each of them says. */
import { describe, expect, test } from 'vitest';
import { expectedByProof, proofAnswers } from '../../../../sim/differ/index.ts';
import { judge, prepareModel, prove } from '../../../../sim/prove/index.ts';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../../../../sim/vpc/index.ts';
import {
  answerOfJudgement,
  factsBrokenBy,
  packetsOf,
  readWitnesses,
  type Witness,
} from '../../../../sim/witnesses/index.ts';

const witnesses = readWitnesses().map((witness) => [witness.id, witness] as const);

/** Each read once, for both tests, and none before it is asked for. */
const models = new Map<string, Promise<VpcModel>>();

function modelOf({ id, path }: Witness): Promise<VpcModel> {
  const model = models.get(id) ?? readTerraform(path).then((configuration) => buildVpcModel(configuration));
  models.set(id, model);
  return model;
}

describe('judge and proof say of every witness what AWS documents', () => {
  test.each(witnesses)('%s', async (_id, witness) => {
    const { facts } = witness;
    const model = await modelOf(witness);
    const prepared = prepareModel(model);
    const brokenByJudge = factsBrokenBy((packet) => answerOfJudgement(judge(prepared, packet)), {
      model,
      facts,
    });
    expect(brokenByJudge).toStrictEqual([]);

    const answers = proofAnswers(model, prove(model));
    const brokenByProof = factsBrokenBy(
      (packet) => {
        const proven = answers(packet);
        return proven && expectedByProof(proven, packet);
      },
      { model, facts },
    );
    expect(brokenByProof).toStrictEqual([]);
    // Without a source port a fact holds for all of them, and a proof must say so.
    const depending = factsBrokenBy(
      (packet, { traffic }) => {
        if ('port' in traffic && traffic.sourcePort !== undefined) return undefined;
        const proven = answers(packet);
        const isDepending = [proven?.delivered, proven?.verdict].some((answer) => answer?.kind === 'depends');
        return isDepending ? { delivered: 'unknown', answered: 'unknown' } : undefined;
      },
      { model, facts },
    );
    expect(depending).toStrictEqual([]);
  });
});

test('shows every layer refuse, in each direction, on the way there and on the way back', async () => {
  const refusals = new Set<string>();
  for (const [, witness] of witnesses) {
    const model = await modelOf(witness);
    const prepared = prepareModel(model);
    for (const packet of witness.facts.flatMap((fact) => packetsOf(model, fact))) {
      const { forward, back } = judge(prepared, packet);
      const there = forward.find(({ verdict }) => verdict === 'deny');
      const answer = there === undefined ? back.find(({ verdict }) => verdict === 'deny') : undefined;
      if (there !== undefined) refusals.add(`there: ${there.layer} ${there.direction}`);
      if (answer !== undefined) refusals.add(`back: ${answer.layer} ${answer.direction}`);
    }
  }
  expect([...refusals].sort()).toStrictEqual([
    'back: network-acl egress',
    'back: network-acl ingress',
    'back: route-table egress',
    'there: internet-gateway egress',
    'there: internet-gateway ingress',
    'there: nat-gateway ingress',
    'there: network-acl egress',
    'there: network-acl ingress',
    'there: peering egress',
    'there: route-table egress',
    'there: security-group egress',
    'there: security-group ingress',
  ]);
});
