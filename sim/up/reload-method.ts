/** `reload` as a running simulation answers it: reads the changed Terraform, and only what is right as a whole is put in force. */

import type { CompiledFabric } from '../compile/index.ts';
import { controlMethod } from '../control/index.ts';
import { type DeploymentPlan, planDeployment, type StartedDeployment } from '../deployment/index.ts';
import { compareNetworks, describeChanges } from '../diff/index.ts';
import { prove } from '../prove/index.ts';
import { type Reloaded, type ReloadParams, reloadParamsSchema } from '../reload/index.ts';

/** One after the other. @param onReloaded learns of each. */
export function reloadMethod(deployment: StartedDeployment, onReloaded: (reloaded: Reloaded) => void) {
  let queue: Promise<unknown> = Promise.resolve();
  return controlMethod({
    params: reloadParamsSchema,
    run(params) {
      const result = queue.then(() => reload(deployment, params));
      queue = result.then(onReloaded, () => undefined);
      return result;
    },
  });
}

/** @throws SIM_TERRAFORM_…, SIM_LAUNCH_CONTRACT_BROKEN, SIM_RELOAD_FAILED: the old network is in force then. */
async function reload(
  deployment: StartedDeployment,
  { path, variables, variableFiles }: ReloadParams,
): Promise<Reloaded> {
  const before = deployment.plan;
  const after = await planDeployment(path, { variables, variableFiles });
  const started = performance.now();
  const { namespaces, ...programs } = await deployment.reload(after);
  const tookMs = performance.now() - started;
  const nameOf = namesOfNamespaces(before.fabric, after.fabric);
  const named = (all: readonly string[]) => all.map(nameOf).sort();
  const compared = {
    before: before.terraform,
    after: after.terraform,
    ...compareNetworks(proven(before), proven(after)),
  };
  return {
    tookMs,
    added: named(namespaces.added),
    removed: named(namespaces.removed),
    remade: named(namespaces.remade),
    touched: named(namespaces.touched),
    unchanged: named(namespaces.unchanged),
    started: [...programs.started],
    stopped: [...programs.stopped],
    restarted: [...programs.restarted],
    changes: compared.changes.map((change) => ({ ...change })),
    unknown: [...compared.unknown],
    flows: describeChanges(compared),
  };
}

function proven({ vpc }: DeploymentPlan) {
  return { model: vpc, proof: prove(vpc) };
}

/** What a namespace of either fabric stands for. */
function namesOfNamespaces(...fabrics: readonly CompiledFabric[]): (namespace: string) => string {
  const known = new Map<string, string>();
  for (const fabric of fabrics) {
    known.set(fabric.internet.namespace, 'the internet');
    for (const { namespace, endpoint } of fabric.interfaces) known.set(namespace, endpoint);
    for (const { namespace, address } of [...fabric.natGateways, ...fabric.endpoints])
      known.set(namespace, address);
    for (const { namespace, edge, address } of fabric.routers) {
      known.set(namespace, `the router of ${address}`);
      known.set(edge, `the way of ${address} to the internet`);
    }
  }
  return (namespace) => known.get(namespace) ?? namespace;
}
