/** The corpus on real packets: every fact that a packet can show, and proof against packets over every probe of each. */
import { describe, expect, test } from 'vitest';
import { isProbeable, runDiffer, sendPackets } from '../../sim/differ/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../../sim/vpc/index.ts';
import { factsBrokenBy, packetsOf, readWitnesses, type Witness } from '../../sim/witnesses/index.ts';
import { inGroups, type ProbedNetwork, probeTogether } from '../support/prober.ts';
import { tell } from '../support/told-disagreements.ts';

const TOGETHER = 12;
const TIMEOUT_MS = 500;

interface ReadWitness extends Witness {
  readonly model: VpcModel;
}

async function read(witness: Witness): Promise<ReadWitness> {
  return { ...witness, model: buildVpcModel(await readTerraform(witness.path)) };
}

/** Names of the part, as the merged fabric has them. */
function factsIn(model: VpcModel, { facts, model: own }: ReadWitness) {
  const renamed = new Map(own.interfaces.map((one, index) => [one, model.interfaces[index]]));
  const nameOf = (name: string) => {
    const prefix = model.vpcs[0]?.address.split('/')[0] ?? '';
    const isOwn =
      own.gatewayEndpoints.some(({ address }) => address === name) ||
      [...renamed.keys()].some(({ endpoint, address }) => endpoint === name || address === name);
    return isOwn ? `${prefix}/${name}` : name;
  };
  return facts
    .filter(({ delivered }) => delivered !== 'unknown')
    .map((fact) => ({ ...fact, from: nameOf(fact.from), to: nameOf(fact.to) }));
}

async function look({ item, model, fabric }: ProbedNetwork<ReadWitness>) {
  const facts = factsIn(model, item);
  const packets = facts.flatMap((fact) => packetsOf(model, fact)).filter(isProbeable);
  const outcomes = await sendPackets(packets, { fabric, timeoutMs: TIMEOUT_MS });
  const byPacket = new Map(packets.map((packet, index) => [JSON.stringify(packet), outcomes[index]]));
  const broken = factsBrokenBy(
    (packet, { answered }) => {
      const outcome = byPacket.get(JSON.stringify(packet));
      return (
        outcome && {
          delivered: outcome.isDelivered ? 'yes' : 'no',
          // What nobody can tell, no packet can confirm.
          answered: answered === 'unknown' ? answered : outcome.isAnswered ? 'yes' : 'no',
        }
      );
    },
    { model, facts },
  );
  const { disagreements, probes } = await runDiffer(model, { fabric });
  return {
    id: item.id,
    broken: broken.map(({ fact, delivered, answered }) => `${fact}: ${delivered}, ${answered}`),
    disagreements: tell(disagreements),
    isProbed: probes > 0,
  };
}

describe('packets do in every witness what AWS documents, and what the proof says', () => {
  test.each(
    inGroups(readWitnesses(), TOGETHER).map((group) => [group[0]?.id, group.at(-1)?.id, group] as const),
  )('from %s to %s', async (_first, _last, group) => {
    const seen = await probeTogether(await Promise.all(group.map(read)), look);
    expect(seen).toStrictEqual(
      group.map(({ id }) => ({ id, broken: [], disagreements: [], isProbed: true })),
    );
  });
});
