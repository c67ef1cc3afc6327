/**
 * `--enforce`: brings the network up in namespaces, sends a real packet for every kind of packet that the proof tells apart,
 * and holds proof and packets against each other. All of the network is gone when it returns.
 */

import { compileFabric } from '../compile/index.ts';
import { modelOracle, runDiffer } from '../differ/index.ts';
import { DrydockError } from '../errors.ts';
import { startFabric } from '../fabric/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import type { DifferResult } from './report.ts';

/** @throws SIM_TOOL_MISSING, SIM_NAMESPACES_REFUSED or SIM_FABRIC_FAILED: what cannot be enforced was not judged. */
export async function enforce(model: VpcModel): Promise<DifferResult> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  await using fabric = await startFabric(compileFabric(model), {
    onEvent: () => undefined,
    onLost: (error) =>
      lost.reject(
        new DrydockError('SIM_FABRIC_FAILED', `could not go on probing: ${error.message}; run it again`, {
          cause: error,
        }),
      ),
  });
  const { probes, byProtocol, disagreements, ...rest } = await Promise.race([
    runDiffer(model, { fabric, oracle: modelOracle(model) }),
    lost.promise,
  ]);
  return {
    ...rest,
    probes,
    byProtocol: { ...byProtocol },
    disagreements: disagreements.map((row) => ({ ...row })),
  };
}
