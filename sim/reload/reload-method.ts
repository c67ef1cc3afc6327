/** `reload` as a running simulation answers it: reads the changed Terraform, and only what is right as a whole is put in force. */
import { z } from 'zod';
import { controlMethod } from '../control/index.ts';
import { type DeploymentPlan, planDeployment, type StartedDeployment } from '../deployment/index.ts';
import { compareNetworks } from '../diff/index.ts';
import { prove } from '../prove/index.ts';
import { flowsText, namesOfNamespaces, type Reloaded } from './describe-reload.ts';

const paramsSchema = z.object({
  /** As the caller named it, where both have the same working directory; else absolute. */
  path: z.string(),
  variables: z.record(z.string(), z.string()),
  variableFiles: z.array(z.string()),
});
export type ReloadParams = z.infer<typeof paramsSchema>;

/** One after the other. @param onReloaded learns of each. */
export function reloadMethod(deployment: StartedDeployment, onReloaded: (reloaded: Reloaded) => void) {
  let queue: Promise<unknown> = Promise.resolve();
  return controlMethod({
    params: paramsSchema,
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
    flows: flowsText(compared),
  };
}

function proven({ vpc }: DeploymentPlan) {
  return { model: vpc, proof: prove(vpc) };
}
