/** One probe must never be taken for the answer to another: flows whose ports cross, sent in one call. */
import { expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { sendPackets } from '../../sim/differ/index.ts';
import { startFabric } from '../../sim/fabric/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel } from '../../sim/vpc/index.ts';
import { readWitnesses } from '../../sim/witnesses/index.ts';

test('a probe finds no state of an earlier one that its receiver refused, nor of one that was answered', async () => {
  const witness = readWitnesses().find(({ id }) => id === 'security-group-stateful');
  if (witness === undefined) throw new TypeError('the corpus has no security-group-stateful');
  const model = buildVpcModel(await readTerraform(witness.path));
  await using fabric = await startFabric(compileFabric(model), {
    onEvent: () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
  const party = (name: string) => {
    const found = model.interfaces.find(({ endpoint }) => endpoint === `aws_instance.${name}`);
    if (found === undefined) throw new TypeError(`nobody is called ${name}`);
    return { kind: 'interface', id: found.id, address: found.privateAddress } as const;
  };
  const [client, server] = [party('client'), party('server')];
  // The client may dial 443 and 53; the server may dial nobody, and would only pass as the answer to the packet before.
  const pairs = (['tcp', 'udp'] as const).flatMap((protocol) => {
    const port = protocol === 'tcp' ? 443 : 53;
    return [1500, 40_000].flatMap((own) => [
      { source: client, destination: server, traffic: { protocol, sourcePort: own, port } },
      { source: server, destination: client, traffic: { protocol, sourcePort: port, port: own } },
    ]);
  });
  const outcomes = await sendPackets([...pairs, ...pairs.toReversed()], { fabric, timeoutMs: 500 });
  const expected = (isFromClient: boolean) => ({ isDelivered: isFromClient, isAnswered: isFromClient });
  expect(outcomes).toStrictEqual(
    [...pairs, ...pairs.toReversed()].map(({ source }) => expected(source === client)),
  );
});
